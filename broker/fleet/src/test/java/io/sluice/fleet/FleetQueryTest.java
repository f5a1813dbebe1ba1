package io.sluice.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Four things and the queries of the AWS IoT Developer Guide's page "Query syntax". */
class FleetQueryTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static FleetIndex index;

  @BeforeAll
  static void fill() {
    index = new FleetIndex();
    index.put(
        thing(
            "pump-1",
            "Pump",
            List.of("berlin", "wet"),
            Map.of("model", "Alpha 9", "price", "10"),
            """
            {"state": {"desired": {"rpm": 900}, "reported": {"rpm": 850, "on": true, "tags": ["a", "b"]},
                       "delta": {"rpm": 900}},
             "metadata": {"reported": {"rpm": {"timestamp": 1700000000}}}, "version": 7}
            """,
            new ThingDocument.Connectivity(true, 1_700_000_000_000L, null)));
    index.put(
        thing(
            "pump-2",
            "Pump",
            List.of("berlin"),
            Map.of("model", "alpha 9", "price", "9.50"),
            """
            {"state": {"reported": {"rpm": 1200, "on": false}}, "version": 1}
            """,
            new ThingDocument.Connectivity(false, 1_600_000_000_000L, "CONNECTION_LOST")));
    index.put(thing("lamp:1", "Lamp", List.of(), Map.of("price", "100"), null, null));
    index.put(
        new ThingDocument(
            "Door",
            "id-Door",
            null,
            List.of(),
            Map.of(),
            null,
            Map.of("lock", json("{\"state\": {\"reported\": {\"open\": true}}}")),
            null));
  }

  @AfterAll
  static void close() {
    index.close();
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException wrong) {
      throw new AssertionError(wrong);
    }
  }

  private static ThingDocument thing(
      String name,
      String type,
      List<String> groups,
      Map<String, String> attributes,
      @org.jspecify.annotations.Nullable String shadow,
      ThingDocument.@org.jspecify.annotations.Nullable Connectivity connectivity) {
    return new ThingDocument(
        name,
        "id-" + name,
        type,
        groups,
        attributes,
        shadow == null ? null : json(shadow),
        Map.of(),
        connectivity);
  }

  private static String found(String query) {
    return String.join(
        " ",
        index.search(query, 100, null).things().stream()
            .map(thing -> thing.path("thingName").asText())
            .toList());
  }

  @ParameterizedTest(name = "{0} finds {1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
      *                                        | Door lamp:1 pump-1 pump-2
      thingName:pump-1                         | pump-1
      thingName:PUMP-1                         | pump-1
      thingname:pump-1                         |
      thingName:pump*                          | pump-1 pump-2
      thingName:p?mp-1                         | pump-1
      thingName:lamp\\:1                       | lamp:1
      thingName:"lamp:1"                       | lamp:1
      thingTypeName:Pump                       | pump-1 pump-2
      thingTypeName:*                          | lamp:1 pump-1 pump-2
      thingGroupNames:berlin                   | pump-1 pump-2
      thingGroupNames:wet                      | pump-1
      attributes.model:"Alpha 9"               | pump-1 pump-2
      attributes.model:alpha                   |
      attributes.price:10                      | pump-1
      attributes.price:9.5                     | pump-2
      attributes.price>9.5                     | lamp:1 pump-1
      attributes.price>=9.5                    | lamp:1 pump-1 pump-2
      attributes.price<10                      | pump-2
      attributes.price<=10                     | pump-1 pump-2
      attributes.price:[9 TO 10]               | pump-1 pump-2
      attributes.price:{9.5 TO 10]             | pump-1
      attributes.price:[10 TO *]               | lamp:1 pump-1
      attributes.model:[a TO b]                | pump-1 pump-2
      shadow.reported.rpm:850                  | pump-1
      shadow.reported.rpm>=850                 | pump-1 pump-2
      shadow.reported.on:true                  | pump-1
      shadow.reported.tags:b                   | pump-1
      shadow.desired.rpm:*                     | pump-1
      shadow.delta.rpm:900                     | pump-1
      shadow.hasDelta:true                     | pump-1
      shadow.hasDelta:false                    | pump-2
      shadow.metadata.reported.rpm.timestamp:* | pump-1
      shadow.name.lock.reported.open:true      | Door
      shadow.name.lock.hasDelta:false          | Door
      connectivity.connected:true              | pump-1
      connectivity.connected:false             | pump-2
      connectivity.timestamp>1650000000000     | pump-1
      connectivity.disconnectReason:connection_lost | pump-2
      thingTypeName:Pump attributes.price:10   | pump-1
      thingTypeName:Pump AND attributes.price>9.6 | pump-1
      thingName:Door OR thingName:lamp*        | Door lamp:1
      thingTypeName:Pump NOT thingName:pump-1  | pump-2
      thingTypeName:Pump -thingName:pump-1     | pump-2
      NOT thingTypeName:Pump AND *             | Door lamp:1
      (thingName:Door OR thingName:pump-2) AND thingTypeName:* | pump-2
      850                                      | pump-1
      berlin                                   | pump-1 pump-2
      alph*                                    | pump-1 pump-2
      connection_lost                          |
      "attributes.price<10"                    |
      """)
  void aQueryFindsWhatItSays(String query, String names) {
    assertThat(found(query)).isEqualTo(names == null ? "" : names);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "thingName:",
        "thingName:*ump",
        "?",
        "(thingName:a",
        "a AND",
        "a~2",
        "/a.*/",
        "[1 TO",
        "\"open"
      })
  void whatIsNoQueryIsRefusedInWords(String query) {
    assertThatExceptionOfType(QueryRefused.class)
        .isThrownBy(() -> index.search(query, 10, null))
        .withMessageContaining("queryString");
  }

  @Test
  void aQueryThatIsTooLongOrHasTooManyTermsIsRefused() {
    assertThatExceptionOfType(QueryRefused.class)
        .isThrownBy(() -> index.search("a ".repeat(600), 10, null))
        .withMessageContaining("1200 characters");
    assertThatExceptionOfType(QueryRefused.class)
        .isThrownBy(() -> index.search("a ".repeat(200), 10, null))
        .withMessageContaining("more than 128 terms");
  }

  @Test
  void pagesGoOnAfterTheLastName() {
    FleetIndex.Found first = index.search("*", 3, null);
    assertThat(first.things()).hasSize(3);
    assertThat(first.next()).isEqualTo("pump-1");
    FleetIndex.Found rest = index.search("*", 3, first.next());
    assertThat(rest.things()).hasSize(1);
    assertThat(rest.next()).isNull();
  }

  @Test
  void aFoundThingIsWhole() {
    JsonNode pump = index.search("thingName:pump-1", 1, null).things().get(0);
    assertThat(pump.path("thingId").asText()).isEqualTo("id-pump-1");
    assertThat(pump.path("thingGroupNames")).hasSize(2);
    assertThat(pump.at("/shadow/reported/rpm").asInt()).isEqualTo(850);
    assertThat(pump.at("/connectivity/connected").asBoolean()).isTrue();
  }

  @Test
  void aggregationsAreExact() {
    FleetStatistics statistics = new FleetStatistics(index);
    assertThat(statistics.statistics("*", "attributes.price").toString())
        .contains("\"count\":3", "\"sum\":119.5", "\"minimum\":9.5", "\"maximum\":100.0");
    assertThat(statistics.cardinality("*", "thingTypeName")).isEqualTo(2);
    assertThat(statistics.percentiles("*", "attributes.price", List.of(50.0)).toString())
        .contains("\"value\":10.0");
    assertThat(statistics.buckets("*", "thingGroupNames", 1).toString())
        .isEqualTo("{\"totalCount\":3,\"buckets\":[{\"keyValue\":\"berlin\",\"count\":2}]}");
  }
}
