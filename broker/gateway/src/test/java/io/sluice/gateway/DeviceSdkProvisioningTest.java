package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.certs.PemFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.crt.iot.MqttRequestResponseClientOptions;
import software.amazon.awssdk.crt.mqtt5.Mqtt5Client;
import software.amazon.awssdk.crt.mqtt5.QOS;
import software.amazon.awssdk.crt.mqtt5.packets.PublishPacket;
import software.amazon.awssdk.iot.AwsIotMqtt5ClientBuilder;
import software.amazon.awssdk.iot.iotidentity.IotIdentityV2Client;
import software.amazon.awssdk.iot.iotidentity.model.CreateCertificateFromCsrRequest;
import software.amazon.awssdk.iot.iotidentity.model.CreateCertificateFromCsrResponse;
import software.amazon.awssdk.iot.iotidentity.model.CreateKeysAndCertificateRequest;
import software.amazon.awssdk.iot.iotidentity.model.CreateKeysAndCertificateResponse;
import software.amazon.awssdk.iot.iotidentity.model.RegisterThingRequest;
import software.amazon.awssdk.iot.iotidentity.model.RegisterThingResponse;
import software.amazon.awssdk.iot.iotidentity.model.V2ErrorResponse;
import software.amazon.awssdk.iot.iotidentity.model.V2ErrorResponseException;
import software.amazon.awssdk.services.iot.IotClient;

/**
 * The unmodified AWS IoT Device SDK for Java v2 as a factory-new device: comes in with a claim
 * certificate, gets its own, has a template provision it, and comes back as itself.
 */
class DeviceSdkProvisioningTest {
  private static final String TEMPLATE =
      """
      {"Parameters":{"SerialNumber":{"Type":"String"},"AWS::IoT::Certificate::Id":{"Type":"String"}},
       "Resources":{
         "thing":{"Type":"AWS::IoT::Thing","Properties":{
           "ThingName":{"Fn::Sub":["pump-${n}",{"n":{"Ref":"SerialNumber"}}]},
           "AttributePayload":{"serial":{"Ref":"SerialNumber"}}}},
         "certificate":{"Type":"AWS::IoT::Certificate","Properties":{
           "CertificateId":{"Ref":"AWS::IoT::Certificate::Id"},"Status":"Active"}},
         "policy":{"Type":"AWS::IoT::Policy","Properties":{"PolicyName":"devices"}}},
       "DeviceConfiguration":{"FallbackUrl":"https://example.org"}}
      """;

  /** Each device as the thing it is, and nothing else. */
  private static final String POLICY =
      """
      {"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"iot:Connect",
         "Resource":"arn:aws:iot:local:000000000000:client/${iot:Connection.Thing.ThingName}"},
        {"Effect":"Allow","Action":"iot:Publish",
         "Resource":"arn:aws:iot:local:000000000000:topic/pumps/${iot:Connection.Thing.Attributes[serial]}"}]}
      """;

  @TempDir Path folder;
  private ShadowGateway house;
  private IotClient iot;

  @BeforeEach
  void start() {
    house = new ShadowGateway(folder.resolve("data"), Map.of());
    iot = house.aws(IotClient.builder());
    iot.createPolicy(r -> r.policyName("devices").policyDocument(POLICY));
    iot.createProvisioningTemplate(
        r ->
            r.templateName("fleet")
                .templateBody(TEMPLATE)
                .enabled(true)
                .provisioningRoleArn("arn:aws:iam::000000000000:role/any"));
  }

  @AfterEach
  void stop() {
    iot.close();
    house.close();
  }

  /** A connected client of the SDK with this certificate and key. */
  private final class Device implements AutoCloseable {
    final Mqtt5Client client;

    Device(String clientId, String certificatePem, String keyPem) throws Exception {
      Path certificate = Files.createTempFile(folder, "certificate", ".pem");
      Path key = Files.createTempFile(folder, "key", ".pem");
      Files.writeString(certificate, certificatePem);
      Files.writeString(key, keyPem);
      SdkConnected connected = new SdkConnected();
      try (AwsIotMqtt5ClientBuilder builder =
          AwsIotMqtt5ClientBuilder.newDirectMqttBuilderWithMtlsFromPath(
              "localhost", certificate.toString(), key.toString())) {
        client =
            builder
                .withCertificateAuthorityFromPath(
                    null, house.gateway.certificates().authorityFile().toString())
                .withPort((long) house.gateway.port("mqtts"))
                .withClientId(clientId)
                .withLifeCycleEvents(connected)
                .build();
      }
      client.start();
      try {
        done(connected.connected());
      } catch (Exception refused) {
        close();
        throw refused;
      }
    }

    IotIdentityV2Client identity() {
      return IotIdentityV2Client.newFromMqtt5(
          client,
          MqttRequestResponseClientOptions.builder()
              .withMaxRequestResponseSubscriptions(6)
              .withMaxStreamingSubscriptions(2)
              .withOperationTimeoutSeconds(20)
              .build());
    }

    @Override
    public void close() {
      client.stop();
      client.close();
    }
  }

  private static <T> T done(CompletableFuture<T> future) throws Exception {
    return future.get(30, TimeUnit.SECONDS);
  }

  private Device claiming() throws Exception {
    var claim = iot.createProvisioningClaim(r -> r.templateName("fleet"));
    return new Device("factory", claim.certificatePem(), claim.keyPair().privateKey());
  }

  private static RegisterThingRequest register(String token, String serial) {
    RegisterThingRequest request = new RegisterThingRequest();
    request.templateName = "fleet";
    request.certificateOwnershipToken = token;
    request.parameters = new HashMap<>(Map.of("SerialNumber", serial));
    return request;
  }

  @Test
  void aFactoryNewDeviceBecomesAThingAndComesBackAsItself() throws Exception {
    CreateKeysAndCertificateResponse made;
    RegisterThingResponse registered;
    try (Device factoryNew = claiming();
        IotIdentityV2Client identity = factoryNew.identity()) {
      made = done(identity.createKeysAndCertificate(new CreateKeysAndCertificateRequest()));
      registered = done(identity.registerThing(register(made.certificateOwnershipToken, "7")));
    }
    assertThat(registered.thingName).isEqualTo("pump-7");
    assertThat(registered.deviceConfiguration)
        .isEqualTo(Map.of("FallbackUrl", "https://example.org"));
    assertThat(iot.describeThing(r -> r.thingName("pump-7")).attributes())
        .isEqualTo(Map.of("serial", "7"));

    try (ShadowGateway.Listener listener =
            house.listener(
                "listener", com.hivemq.client.mqtt.datatypes.MqttQos.AT_LEAST_ONCE, "pumps/#");
        Device itself = new Device("pump-7", made.certificatePem, made.privateKey)) {
      done(
          itself.client.publish(
              new PublishPacket.PublishPacketBuilder()
                  .withTopic("pumps/7")
                  .withQOS(QOS.AT_LEAST_ONCE)
                  .withPayload("hello".getBytes(java.nio.charset.StandardCharsets.UTF_8))
                  .build()));
      assertThat(listener.next().getPayloadAsBytes()).asString().isEqualTo("hello");
    }
  }

  @Test
  void aDeviceThatMadeItsOwnKeySendsARequestForItsCertificate() throws Exception {
    java.security.KeyPair keys = io.sluice.certs.KeyKind.EC_P256.generate();
    CreateCertificateFromCsrRequest request = new CreateCertificateFromCsrRequest();
    request.certificateSigningRequest =
        io.sluice.certs.SigningRequest.create(
            io.sluice.certs.SubjectTemplate.COMMON_NAME.fill("pump-8"), keys);
    CreateCertificateFromCsrResponse made;
    try (Device factoryNew = claiming();
        IotIdentityV2Client identity = factoryNew.identity()) {
      made = done(identity.createCertificateFromCsr(request));
      done(identity.registerThing(register(made.certificateOwnershipToken, "8")));
    }
    new Device("pump-8", made.certificatePem, PemFiles.toPem(keys.getPrivate())).close();
  }

  @Test
  void aWrongTokenIsRefusedInTheWordsTheSdkReads() throws Exception {
    try (Device factoryNew = claiming();
        IotIdentityV2Client identity = factoryNew.identity()) {
      V2ErrorResponse refused = refused(identity.registerThing(register("guess", "9")));
      assertThat(refused.statusCode).isEqualTo(400);
      assertThat(refused.errorCode).isEqualTo("InvalidRequest");
      assertThat(refused.errorMessage).contains("token");
    }
  }

  private static V2ErrorResponse refused(CompletableFuture<?> future) throws Exception {
    try {
      done(future);
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof V2ErrorResponseException refused) {
        return refused.getModeledError();
      }
      throw failed;
    }
    throw new AssertionError("accepted");
  }
}
