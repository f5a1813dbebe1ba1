package io.sluice.gateway;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The arrows of docs/architecture.md: rooms open only downwards. */
class ArrowsTest {
  private static JavaClasses house;

  @BeforeAll
  static void readAllRooms() {
    house =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.sluice");
  }

  @ParameterizedTest(name = "{0} sees only {1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
    message   | message
    store     | store
    certs     | certs
    shadow    | shadow message store
    sql       | sql message
    queue     | queue message store
    stream    | stream message store
    firehose  | firehose message store
    engine    | engine sql queue stream firehose message store
    outbound  | outbound engine sql firehose message store
    session   | session message store
    identity  | identity certs message store
    credentials | credentials identity certs message store
    dispatch  | dispatch session identity engine shadow sql queue stream firehose message store
    transport | transport dispatch session identity engine shadow message store
    fleet     | fleet store
    api       | api fleet credentials dispatch session identity engine shadow sql queue stream firehose message store certs
    sim       | sim certs
    """)
  void aRoomSeesOnlyTheRoomsBelowIt(String room, String allowed) {
    String[] packages =
        java.util.Arrays.stream(allowed.trim().split(" "))
            .map(r -> "io.sluice." + r)
            .toArray(String[]::new);
    String[] forbidden =
        java.util.Arrays.stream(
                new String[] {
                  "message",
                  "store",
                  "certs",
                  "shadow",
                  "sql",
                  "queue",
                  "stream",
                  "firehose",
                  "engine",
                  "outbound",
                  "session",
                  "identity",
                  "credentials",
                  "fleet",
                  "dispatch",
                  "transport",
                  "api",
                  "sim",
                  "gateway"
                })
            .map(r -> "io.sluice." + r)
            .filter(p -> !java.util.List.of(packages).contains(p))
            .toArray(String[]::new);
    noClasses()
        .that()
        .resideInAPackage("io.sluice." + room)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(forbidden)
        .check(house);
  }

  @Test
  void noRoomsSeeEachOtherInACircle() {
    SlicesRuleDefinition.slices()
        .matching("io.sluice.(*)..")
        .should()
        .beFreeOfCycles()
        .check(house);
  }

  @ParameterizedTest(name = "only {1} see {0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
    net.sf.jsqlparser.. | io.sluice.sql
    org.rocksdb..       | io.sluice.store
    org.bouncycastle..  | io.sluice.certs,io.sluice.identity,io.sluice.credentials
    com.linecorp..      | io.sluice.api,io.sluice.outbound
    software.amazon..   | io.sluice.outbound
    org.apache.kafka..  | io.sluice.outbound
    org.apache.lucene.. | io.sluice.fleet
    com.hivemq..        | io.sluice.sim,io.sluice.outbound
    com.nimbusds..      | io.sluice.credentials
    """)
  void aLibraryIsTheGuestOfOneRoom(String library, String rooms) {
    noClasses()
        .that()
        .resideInAPackage("io.sluice..")
        .and()
        .resideOutsideOfPackages(rooms.split(","))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .allowEmptyShould(true)
        .check(house);
  }

  @Test
  void onlyTransportAndItsNeighboursTouchNetty() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "io.sluice.message",
            "io.sluice.store",
            "io.sluice.shadow",
            "io.sluice.sql",
            "io.sluice.queue",
            "io.sluice.stream",
            "io.sluice.firehose",
            "io.sluice.engine",
            "io.sluice.outbound",
            "io.sluice.session",
            "io.sluice.identity",
            "io.sluice.credentials",
            "io.sluice.fleet",
            "io.sluice.dispatch")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.netty..")
        .check(house);
  }
}
