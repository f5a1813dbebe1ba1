package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.iot.IotClient;
import software.amazon.awssdk.services.iot.model.DescribeThingGroupResponse;
import software.amazon.awssdk.services.iot.model.DynamicGroupStatus;
import software.amazon.awssdk.services.iot.model.GroupNameAndArn;
import software.amazon.awssdk.services.iot.model.IndexNotReadyException;
import software.amazon.awssdk.services.iot.model.IndexStatus;
import software.amazon.awssdk.services.iot.model.InvalidQueryException;
import software.amazon.awssdk.services.iot.model.InvalidRequestException;
import software.amazon.awssdk.services.iot.model.SearchIndexResponse;
import software.amazon.awssdk.services.iot.model.ThingConnectivityIndexingMode;
import software.amazon.awssdk.services.iot.model.ThingDocument;
import software.amazon.awssdk.services.iot.model.ThingIndexingMode;

/** Fleet indexing and dynamic groups with the unmodified AWS SDK, beside devices over MQTT. */
class FleetIndexingTest {
  @TempDir Path folder;
  private Gateway gateway;
  private IotClient iot;

  @BeforeEach
  void start() {
    Map<Setting, String> flags = TestGateway.onFreePorts(folder.resolve("data"));
    gateway = Gateway.start(GatewayConfig.load(null, Map.of(), flags));
    iot =
        IotClient.builder()
            .httpClientBuilder(ApacheHttpClient.builder())
            .endpointOverride(URI.create("http://127.0.0.1:" + gateway.port("http")))
            .region(Region.of("local"))
            .credentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
            .build();
  }

  @AfterEach
  void stop() {
    iot.close();
    gateway.close();
  }

  private void indexAll() {
    iot.updateIndexingConfiguration(
        r ->
            r.thingIndexingConfiguration(
                c ->
                    c.thingIndexingMode(ThingIndexingMode.REGISTRY_AND_SHADOW)
                        .thingConnectivityIndexingMode(ThingConnectivityIndexingMode.STATUS)));
    await()
        .until(
            () ->
                iot.describeIndex(r -> r.indexName("AWS_Things")).indexStatus()
                    == IndexStatus.ACTIVE);
  }

  private void thing(String name, String model) {
    iot.createThing(
        r -> r.thingName(name).attributePayload(p -> p.attributes(Map.of("model", model))));
  }

  private List<String> found(String query) {
    return iot.searchIndex(r -> r.queryString(query)).things().stream()
        .map(ThingDocument::thingName)
        .toList();
  }

  private Mqtt5BlockingClient device(String clientId) {
    Mqtt5BlockingClient client =
        MqttClient.builder()
            .useMqttVersion5()
            .identifier(clientId)
            .serverHost("127.0.0.1")
            .serverPort(gateway.port("mqtt"))
            .buildBlocking();
    client.connect();
    return client;
  }

  @Test
  void thingsAreFoundByRegistryShadowAndPresence() {
    thing("pump-1", "alpha");
    indexAll();
    thing("pump-2", "beta");
    iot.createThingGroup(r -> r.thingGroupName("berlin"));
    iot.addThingToThingGroup(r -> r.thingGroupName("berlin").thingName("pump-2"));

    await().until(() -> found("attributes.model:*").equals(List.of("pump-1", "pump-2")));
    await().until(() -> found("thingGroupNames:berlin").equals(List.of("pump-2")));

    Mqtt5BlockingClient device = device("pump-1");
    device
        .publishWith()
        .topic("$aws/things/pump-1/shadow/update")
        .qos(MqttQos.AT_LEAST_ONCE)
        .payload(
            "{\"state\":{\"reported\":{\"rpm\":850},\"desired\":{\"rpm\":900}}}".getBytes(UTF_8))
        .send();
    await().until(() -> found("shadow.reported.rpm>800").equals(List.of("pump-1")));
    assertThat(found("shadow.hasDelta:true")).containsExactly("pump-1");
    await().until(() -> found("connectivity.connected:true").equals(List.of("pump-1")));
    ThingDocument pump = iot.searchIndex(r -> r.queryString("pump-1")).things().get(0);
    assertThat(pump.shadow()).contains("\"reported\":{\"rpm\":850}");
    assertThat(pump.connectivity().connected()).isTrue();

    device.disconnect();
    await().until(() -> found("connectivity.connected:true").isEmpty());
    assertThat(
            iot.searchIndex(r -> r.queryString("thingName:pump-1"))
                .things()
                .get(0)
                .connectivity()
                .disconnectReason())
        .isEqualTo("CLIENT_INITIATED_DISCONNECT");
    iot.deleteThing(r -> r.thingName("pump-2"));
    await().until(() -> found("*").equals(List.of("pump-1")));
  }

  @Test
  void aDynamicGroupHasWhatItsQueryFinds() {
    indexAll();
    thing("a", "x");
    thing("b", "y");
    iot.createDynamicThingGroup(
        r -> r.thingGroupName("xs").queryString("attributes.model:x").indexName("AWS_Things"));
    await()
        .until(
            () -> iot.listThingsInThingGroup(r -> r.thingGroupName("xs")).things().contains("a"));
    assertThat(iot.listThingsInThingGroup(r -> r.thingGroupName("xs")).things())
        .containsExactly("a");
    assertThat(iot.listThingGroupsForThing(r -> r.thingName("a")).thingGroups())
        .extracting(GroupNameAndArn::groupName)
        .containsExactly("xs");
    assertThat(iot.listThingGroups().thingGroups())
        .extracting(GroupNameAndArn::groupName)
        .containsExactly("xs");

    iot.updateThing(
        r -> r.thingName("b").attributePayload(p -> p.attributes(Map.of("model", "x"))));
    await()
        .until(() -> iot.listThingsInThingGroup(r -> r.thingGroupName("xs")).things().size() == 2);
    DescribeThingGroupResponse described = iot.describeThingGroup(r -> r.thingGroupName("xs"));
    assertThat(described.queryString()).isEqualTo("attributes.model:x");
    assertThat(described.status()).isEqualTo(DynamicGroupStatus.ACTIVE);
    assertThatExceptionOfType(InvalidRequestException.class)
        .isThrownBy(() -> iot.addThingToThingGroup(r -> r.thingGroupName("xs").thingName("b")));
    iot.updateDynamicThingGroup(
        r ->
            r.thingGroupName("xs")
                .queryString("attributes.model:none")
                .thingGroupProperties(p -> p.thingGroupDescription("nobody")));
    assertThat(iot.listThingsInThingGroup(r -> r.thingGroupName("xs")).things()).isEmpty();
    iot.deleteDynamicThingGroup(r -> r.thingGroupName("xs"));
    assertThat(iot.listThingGroups().thingGroups()).isEmpty();
  }

  @Test
  void pagesAndAggregationsCountEveryThing() {
    indexAll();
    for (int i = 0; i < 5; i++) {
      thing("t" + i, i < 3 ? "x" : "y");
    }
    await().until(() -> found("*").size() == 5);
    SearchIndexResponse first = iot.searchIndex(r -> r.queryString("*").maxResults(3));
    assertThat(first.things()).hasSize(3);
    assertThat(
            iot.searchIndex(r -> r.queryString("*").maxResults(3).nextToken(first.nextToken()))
                .things())
        .extracting(ThingDocument::thingName)
        .containsExactly("t3", "t4");
    assertThat(
            iot.getCardinality(r -> r.queryString("*").aggregationField("attributes.model"))
                .cardinality())
        .isEqualTo(2);
    assertThat(
            iot.getBucketsAggregation(
                    r ->
                        r.queryString("*")
                            .aggregationField("attributes.model")
                            .bucketsAggregationType(t -> t.termsAggregation(a -> a.maxBuckets(5))))
                .buckets()
                .get(0)
                .count())
        .isEqualTo(3);
    assertThat(
            iot.getStatistics(r -> r.queryString("*").aggregationField("attributes.model"))
                .statistics()
                .count())
        .isEqualTo(5);
  }

  @Test
  void whatCannotBeAskedIsRefusedByName() {
    assertThatExceptionOfType(IndexNotReadyException.class)
        .isThrownBy(() -> found("*"))
        .withMessageContaining("UpdateIndexingConfiguration");
    indexAll();
    assertThatExceptionOfType(InvalidQueryException.class)
        .isThrownBy(() -> found("thingName:*x"))
        .withMessageContaining("wildcard");
    assertThatExceptionOfType(IndexNotReadyException.class)
        .isThrownBy(() -> iot.searchIndex(r -> r.queryString("*").indexName("AWS_ThingGroups")))
        .withMessageContaining("thingGroupIndexingMode");
    assertThatExceptionOfType(InvalidQueryException.class)
        .isThrownBy(() -> iot.createDynamicThingGroup(r -> r.thingGroupName("g").queryString("(")));
  }
}
