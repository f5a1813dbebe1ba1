package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import io.sluice.certs.CertificateAuthority;
import io.sluice.certs.CertsCommand;
import io.sluice.certs.IdentityFolder;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import software.amazon.awssdk.services.iot.IotClient;
import software.amazon.awssdk.services.iot.model.DescribeThingRegistrationTaskResponse;
import software.amazon.awssdk.services.iot.model.Status;

/** From {@code sluice certs devices} to a device that speaks, by a bulk registration. */
class BulkRegistrationTest {
  private static final String TEMPLATE =
      """
      {"Parameters":{"ThingName":{"Type":"String"},"CertificatePem":{"Type":"String"}},
       "Resources":{
         "thing":{"Type":"AWS::IoT::Thing","Properties":{"ThingName":{"Ref":"ThingName"}}},
         "certificate":{"Type":"AWS::IoT::Certificate","Properties":{"CertificatePem":{"Ref":"CertificatePem"},"Status":"ACTIVE"}},
         "policy":{"Type":"AWS::IoT::Policy","Properties":{"PolicyName":"devices"}}}}
      """;

  @TempDir Path folder;

  private void certs(String... args) {
    StringWriter err = new StringWriter();
    int code =
        new CommandLine(new CertsCommand())
            .setOut(new PrintWriter(new StringWriter()))
            .setErr(new PrintWriter(err))
            .execute(args);
    assertThat(code).as(err.toString()).isZero();
  }

  @Test
  void aManifestOfIssuedIdentitiesIsRegisteredAndItsDevicesConnect() throws Exception {
    Path ca = folder.resolve("ca");
    Path fleet = folder.resolve("fleet");
    Path manifest = folder.resolve("fleet.jsonl");
    certs("init", "--dir", ca.toString(), "--subject", "CN=Factory CA");
    certs(
        "devices",
        "--dir",
        ca.toString(),
        "--count",
        "40",
        "--names",
        "pump-%03d",
        "--out",
        fleet.toString(),
        "--manifest",
        manifest.toString());
    try (TestGateway house = new TestGateway(folder.resolve("data"));
        IotClient iot = house.iot()) {
      iot.createPolicy(
          r ->
              r.policyName("devices")
                  .policyDocument(
                      """
                      {"Version":"2012-10-17","Statement":[
                        {"Effect":"Allow","Action":"iot:Connect","Resource":"arn:aws:iot:local:000000000000:client/${iot:Connection.Thing.ThingName}"},
                        {"Effect":"Allow","Action":"iot:Publish","Resource":"arn:aws:iot:local:000000000000:topic/pumps/*"}]}"""));
      TestGateway.registered(iot, CertificateAuthority.load(ca), false);
      Path bucket = Files.createDirectories(folder.resolve("data/deliveries/factory"));
      Files.copy(manifest, bucket.resolve("fleet.jsonl"));
      String task =
          iot.startThingRegistrationTask(
                  r ->
                      r.templateBody(TEMPLATE)
                          .inputFileBucket("factory")
                          .inputFileKey("fleet.jsonl")
                          .roleArn("arn:aws:iam::000000000000:role/any"))
              .taskId();
      DescribeThingRegistrationTaskResponse done =
          await()
              .atMost(Duration.ofSeconds(30))
              .until(
                  () -> iot.describeThingRegistrationTask(r -> r.taskId(task)),
                  found -> found.status() != Status.IN_PROGRESS);
      assertThat(done.successCount()).as(done.toString()).isEqualTo(40);
      assertThat(done.failureCount()).isZero();

      Mqtt5BlockingClient pump =
          house.client("pump-017", IdentityFolder.at(fleet).read("pump-017"));
      pump.connect();
      pump.publishWith().topic("pumps/17").qos(MqttQos.AT_LEAST_ONCE).send();
      pump.disconnect();
      assertThat(iot.listThingPrincipals(r -> r.thingName("pump-040")).principals()).hasSize(1);
    }
  }
}
