package io.sluice.shadow;

import static io.sluice.shadow.ShadowHouse.accepted;
import static io.sluice.shadow.ShadowHouse.rejected;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ListNamedShadowsForThing: reference section 1.2. */
class ListNamedShadowsTest {
  private final ShadowHouse house = new ShadowHouse();

  private void make(String thing, String name) {
    accepted(
        house.mqtt("$aws/things/" + thing + "/shadow/name/" + name + "/update", "{'state':{}}"));
  }

  private JsonNode page(String thing, int size, String token) {
    return accepted(house.ask(new ShadowRequest.ListNamed(thing, size, token)));
  }

  private static List<String> names(JsonNode page) {
    List<String> names = new ArrayList<>();
    page.get("results").forEach(name -> names.add(name.textValue()));
    return names;
  }

  @Test
  void namesAreThoseOfTheThingWithoutTheClassicShadowInOrder() {
    make("T", "b");
    make("T", "a");
    make("T", "a-1");
    make("T", "$a");
    make("T2", "other");
    make("S", "other");
    house.update("{'state':{}}");
    assertThat(page("T", 25, null))
        .isEqualTo(Json.tree("{'results':['$a','a','a-1','b'],'timestamp':1700000000}"));
  }

  @Test
  void aThingWithoutShadowsHasAnEmptyList() {
    assertThat(page("unknown", 25, null))
        .isEqualTo(Json.tree("{'results':[],'timestamp':1700000000}"));
  }

  @Test
  void deletedShadowsAreNotListed() {
    make("T", "a");
    make("T", "b");
    house.mqtt("$aws/things/T/shadow/name/a/delete", "");
    assertThat(names(page("T", 25, null))).containsExactly("b");
  }

  @Test
  void pagesFollowEachOtherWithoutGapOrRepeat() {
    List<String> all = IntStream.range(0, 25).mapToObj("n%02d"::formatted).toList();
    all.forEach(name -> make("T", name));
    List<String> found = new ArrayList<>();
    String token = null;
    int pages = 0;
    do {
      JsonNode page = page("T", 10, token);
      found.addAll(names(page));
      token = page.path("nextToken").textValue();
      pages++;
    } while (token != null);
    assertThat(found).isEqualTo(all);
    assertThat(pages).isEqualTo(3);
  }

  @Test
  void aLastPageThatIsFullHasNoTokenAndTombstonesBehindItDoNotMakeOne() {
    List.of("a", "b", "c").forEach(name -> make("T", name));
    house.mqtt("$aws/things/T/shadow/name/c/delete", "");
    assertThat(page("T", 2, null).has("nextToken")).isFalse();
  }

  @Test
  void manyTombstonesBoundTheTurnAndThePagesStillEnd() {
    IntStream.range(0, 1100).mapToObj("n%04d"::formatted).forEach(name -> make("T", name));
    IntStream.range(0, 1099)
        .mapToObj("n%04d"::formatted)
        .forEach(name -> house.mqtt("$aws/things/T/shadow/name/" + name + "/delete", ""));
    JsonNode first = page("T", 10, null);
    assertThat(names(first)).isEmpty();
    JsonNode second = page("T", 10, first.get("nextToken").textValue());
    assertThat(names(second)).isEmpty();
    JsonNode third = page("T", 10, second.get("nextToken").textValue());
    assertThat(names(third)).containsExactly("n1099");
    assertThat(third.has("nextToken")).isFalse();
  }

  @ParameterizedTest(name = "pageSize {0}")
  @ValueSource(ints = {-1, 0, 101})
  void aPageHasOneTo100Names(int size) {
    assertThat(rejected(house.ask(new ShadowRequest.ListNamed("T", size, null))))
        .isEqualTo(new ShadowError(400, "Invalid pageSize"));
  }

  @ParameterizedTest(name = "[{0}]")
  @ValueSource(strings = {"", "!", "AA", "w6k"})
  void aTokenOfSomebodyElseIsRefused(String token) {
    assertThat(rejected(house.ask(new ShadowRequest.ListNamed("T", 10, token))))
        .isEqualTo(new ShadowError(400, "Invalid nextToken"));
  }

  @Test
  void aThingNameThatCannotBeIsRefused() {
    assertThat(rejected(house.ask(new ShadowRequest.ListNamed("a\u0000b", 10, null))))
        .isEqualTo(new ShadowError(400, "Invalid thing name"));
  }
}
