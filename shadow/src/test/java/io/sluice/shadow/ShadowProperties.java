package io.sluice.shadow;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;

/** The laws of the document rules. */
class ShadowProperties {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** The meaning of a delta: a device that does all it says has nothing left to do. */
  @Property(tries = 200)
  void applyingTheDeltaClosesIt(
      @ForAll("documents") ObjectNode desired, @ForAll("documents") ObjectNode reported) {
    ObjectNode caughtUp =
        ShadowDelta.between(desired, reported)
            .map(delta -> ShadowMerge.merge(reported, delta))
            .orElse(reported);
    assertThat(ShadowDelta.between(desired, caughtUp)).isEmpty();
  }

  /** Nothing is asked for that is not desired. */
  @Property(tries = 200)
  void aDeltaIsAPartOfDesired(
      @ForAll("documents") ObjectNode desired, @ForAll("documents") ObjectNode reported) {
    ShadowDelta.between(desired, reported)
        .ifPresent(delta -> assertThat(ShadowMerge.merge(desired, delta)).isEqualTo(desired));
  }

  @Property(tries = 200)
  void mergingTwiceIsMergingOnce(
      @ForAll("documents") ObjectNode document, @ForAll("patches") ObjectNode patch) {
    ObjectNode once = ShadowMerge.merge(document, patch);
    assertThat(ShadowMerge.merge(once, patch)).isEqualTo(once);
  }

  /**
   * Where no key is deleted and none changes between object and value, it does not matter whether
   * two updates come one by one or as one. (Otherwise it does: {@code 1} then {@code {"x":1}}
   * forgets what was there before, and one merged update cannot say so.)
   */
  @Property(tries = 200)
  void mergeIsAssociativeWhereKeysKeepTheirKind(
      @ForAll("typed") ObjectNode a, @ForAll("typed") ObjectNode b, @ForAll("typed") ObjectNode c) {
    assertThat(ShadowMerge.merge(ShadowMerge.merge(a, b), c))
        .isEqualTo(ShadowMerge.merge(a, ShadowMerge.merge(b, c)));
  }

  @Property(tries = 200)
  void nothingMergedHoldsANull(
      @ForAll("documents") ObjectNode document, @ForAll("patches") ObjectNode patch) {
    assertThat(hasNull(ShadowMerge.merge(document, patch))).isFalse();
  }

  @Property(tries = 200)
  void thePatchBetweenTwoDocumentsMakesTheOneOfTheOther(
      @ForAll("documents") ObjectNode before, @ForAll("documents") ObjectNode after) {
    assertThat(ShadowMerge.merge(before, ShadowMerge.patch(before, after))).isEqualTo(after);
    assertThat(ShadowMerge.patch(after, after)).isEmpty();
  }

  @Property(tries = 200)
  void metadataAlwaysHasTheShapeOfTheState(@ForAll("updates") List<ObjectNode> updates) {
    ShadowDocument document = ShadowDocument.NONE;
    for (ObjectNode state : updates) {
      document = document.apply(new ShadowUpdate(state, null, null, null), 7);
      assertThat(document.metadata()).isEqualTo(ShadowMetadata.of(document.state(), 7));
    }
  }

  @Property(tries = 200)
  void theVersionCountsEveryUpdate(@ForAll("updates") List<ObjectNode> updates) {
    ShadowDocument document = ShadowDocument.NONE;
    for (ObjectNode state : updates) {
      ShadowDocument next = document.apply(new ShadowUpdate(state, null, null, null), 7);
      assertThat(next.version()).isEqualTo(document.version() + 1);
      document = next;
    }
  }

  /** Whatever is asked, accepted or not: a version is never used twice, also across deletes. */
  @Property(tries = 100)
  void versionsOnlyGrowAlsoAcrossDeletesAndRefusals(
      @ForAll List<@IntRange(max = 5) Integer> requests) {
    ShadowHouse house = new ShadowHouse();
    long newest = 0;
    for (int request : requests) {
      ShadowReply reply =
          switch (request) {
            case 0 -> house.mqtt("$aws/things/T/shadow/delete", "");
            case 1 -> house.update("{'state':null}");
            case 2 -> house.update("{'state':{'desired':{'a':1}},'version':" + newest + "}");
            case 3 -> house.update("{'state':{'wrong':{}}}");
            default -> house.update("{'state':{'reported':{'a':" + request + "}}}");
          };
      if (reply instanceof ShadowReply.Accepted accepted) {
        long version = Json.tree(accepted.body()).get("version").longValue();
        assertThat(version).isEqualTo(request == 0 ? newest : newest + 1);
        newest = version;
      }
    }
  }

  @Property(tries = 300)
  void aRowGivesBackTheShadowItHolds(@ForAll("updates") List<ObjectNode> updates) {
    ShadowDocument document = ShadowDocument.NONE;
    for (ObjectNode state : updates) {
      document = document.apply(new ShadowUpdate(state, null, null, null), 1_700_000_000L);
    }
    StoredShadow shadow =
        new StoredShadow(
            false,
            5,
            document,
            ShadowJson.write(document.state()),
            new StoredShadow.Past(1, 2, 3),
            NODES.objectNode());
    StoredShadow read = StoredShadow.decode(shadow.encode());
    assertThat(read.document().state()).isEqualTo(document.state());
    assertThat(ShadowMetadata.write(read.document().metadata()))
        .isEqualTo(ShadowMetadata.write(document.metadata()));
    assertThat(read.past()).isEqualTo(shadow.past());
    assertThat(read.encode()).isEqualTo(shadow.encode());
  }

  /**
   * Whatever arrives, it is answered with one of the known errors and never throws anything else.
   */
  @Property(tries = 200)
  void anyBytesAreAnUpdateOrAreRejected(@ForAll byte[] payload) {
    ShadowHouse house = new ShadowHouse();
    ShadowReply reply = house.mqtt("$aws/things/T/shadow/update", payload, ShadowHouse.DEVICE);
    assertThat(ShadowHouse.rejected(reply).code()).isIn(400, 415);
  }

  /** The same for what is nearly right: one byte of a good update is another. */
  @Property(tries = 200)
  void anUpdateWithOneWrongByteIsAnUpdateOrIsRejected(
      @ForAll @IntRange(max = 66) int at, @ForAll byte wrong) {
    byte[] payload =
        Json.bytes("{'state':{'desired':{'a':[1,{'b':1.5e3}],'c':'\\u00e9'}},'version':0} ");
    payload[at] = wrong;
    ShadowReply reply =
        new ShadowHouse().mqtt("$aws/things/T/shadow/update", payload, ShadowHouse.DEVICE);
    if (reply instanceof ShadowReply.Rejected rejected) {
      assertThat(rejected.error().code()).isIn(400, 409, 415);
    } else {
      assertThat(reply).isInstanceOf(ShadowReply.Accepted.class);
    }
  }

  @Provide
  Arbitrary<ObjectNode> documents() {
    return objects(scalars(), 3);
  }

  @Provide
  Arbitrary<ObjectNode> patches() {
    return objects(Arbitraries.oneOf(scalars(), Arbitraries.just(NullNode.instance)), 3);
  }

  @Provide
  Arbitrary<List<ObjectNode>> updates() {
    Arbitrary<ObjectNode> update =
        Arbitraries.maps(Arbitraries.of("desired", "reported"), patches())
            .ofMaxSize(2)
            .map(ShadowProperties::object);
    return update.list().ofMinSize(1).ofMaxSize(6);
  }

  /** Keys that begin with o hold objects, others never do. */
  @Provide
  Arbitrary<ObjectNode> typed() {
    return typed(3);
  }

  private static Arbitrary<ObjectNode> typed(int depth) {
    Arbitrary<Map<String, JsonNode>> leaves =
        Arbitraries.maps(Arbitraries.of("a", "b"), scalars()).ofMaxSize(2);
    if (depth == 0) {
      return leaves.map(ShadowProperties::object);
    }
    Arbitrary<Map<String, ObjectNode>> inner =
        Arbitraries.maps(Arbitraries.of("o", "op"), typed(depth - 1)).ofMaxSize(2);
    return leaves.flatMap(l -> inner.map(i -> (ObjectNode) object(l).setAll(i)));
  }

  private static Arbitrary<ObjectNode> objects(Arbitrary<JsonNode> leaves, int depth) {
    Arbitrary<JsonNode> values =
        depth == 0
            ? leaves
            : Arbitraries.frequencyOf(
                Tuple.of(2, leaves),
                Tuple.of(1, objects(leaves, depth - 1).map(o -> (JsonNode) o)));
    return Arbitraries.maps(Arbitraries.of("a", "b", "c", "timestamp"), values)
        .ofMaxSize(4)
        .map(ShadowProperties::object);
  }

  private static Arbitrary<JsonNode> scalars() {
    Arbitrary<JsonNode> plain =
        Arbitraries.of(
            NODES.numberNode(1), NODES.numberNode(2), NODES.textNode("x"), NODES.booleanNode(true));
    return Arbitraries.oneOf(
        plain,
        plain
            .list()
            .ofMaxSize(2)
            .map(
                elements -> {
                  ArrayNode array = NODES.arrayNode();
                  elements.forEach(array::add);
                  return array;
                }));
  }

  private static <N extends JsonNode> ObjectNode object(Map<String, N> fields) {
    ObjectNode object = NODES.objectNode();
    fields.forEach(object::set);
    return object;
  }

  private static boolean hasNull(JsonNode node) {
    if (node.isNull()) {
      return true;
    }
    for (JsonNode child : node) {
      if (hasNull(child)) {
        return true;
      }
    }
    return false;
  }
}
