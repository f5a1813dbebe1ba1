package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.iot.IotClient;
import software.amazon.awssdk.services.iot.model.ActionType;
import software.amazon.awssdk.services.iot.model.AuthDecision;
import software.amazon.awssdk.services.iot.model.AuthInfo;
import software.amazon.awssdk.services.iot.model.DeleteConflictException;
import software.amazon.awssdk.services.iot.model.GroupNameAndArn;
import software.amazon.awssdk.services.iot.model.InvalidRequestException;
import software.amazon.awssdk.services.iot.model.ResourceAlreadyExistsException;
import software.amazon.awssdk.services.iot.model.ResourceNotFoundException;
import software.amazon.awssdk.services.iot.model.VersionConflictException;

/** An unmodified client of the IoT control plane: thing types, thing groups, billing groups. */
class IotGroupsTest {
  private static RunningApi api;
  private static IotClient iot;

  @BeforeAll
  static void start() {
    api = new RunningApi();
    iot = api.client(IotClient.builder());
  }

  @AfterAll
  static void stop() {
    iot.close();
    api.close();
  }

  @Test
  void aThingTypeIsCreatedGivenDeprecatedAndKeptWhileItIsYoung() {
    var made =
        iot.createThingType(
            r ->
                r.thingTypeName("lamp")
                    .thingTypeProperties(
                        p -> p.thingTypeDescription("gives light").searchableAttributes("site")));
    assertThat(made.thingTypeArn()).isEqualTo("arn:aws:iot:local:000000000000:thingtype/lamp");
    assertThat(
            iot.createThingType(
                    r ->
                        r.thingTypeName("lamp")
                            .thingTypeProperties(
                                p ->
                                    p.thingTypeDescription("gives light")
                                        .searchableAttributes("site")))
                .thingTypeId())
        .isEqualTo(made.thingTypeId());
    assertThatThrownBy(() -> iot.createThingType(r -> r.thingTypeName("lamp")))
        .isInstanceOfSatisfying(
            ResourceAlreadyExistsException.class,
            e -> assertThat(e.resourceArn()).isEqualTo(made.thingTypeArn()));
    iot.createThing(r -> r.thingName("typed").thingTypeName("lamp"));
    assertThat(iot.describeThing(r -> r.thingName("typed")).thingTypeName()).isEqualTo("lamp");
    assertThat(iot.listThings(r -> r.thingTypeName("lamp")).things())
        .extracting(thing -> thing.thingName())
        .containsExactly("typed");
    assertThatThrownBy(() -> iot.createThing(r -> r.thingName("x").thingTypeName("nobody")))
        .isInstanceOf(ResourceNotFoundException.class);

    iot.deprecateThingType(r -> r.thingTypeName("lamp"));
    var described = iot.describeThingType(r -> r.thingTypeName("lamp"));
    assertThat(described.thingTypeMetadata().deprecated()).isTrue();
    assertThat(described.thingTypeMetadata().deprecationDate()).isNotNull();
    assertThat(described.thingTypeProperties().searchableAttributes()).containsExactly("site");
    assertThatThrownBy(() -> iot.createThing(r -> r.thingName("late").thingTypeName("lamp")))
        .isInstanceOfSatisfying(
            InvalidRequestException.class,
            e -> assertThat(e.awsErrorDetails().errorMessage()).contains("deprecated"));
    assertThatThrownBy(() -> iot.deleteThingType(r -> r.thingTypeName("lamp")))
        .isInstanceOf(InvalidRequestException.class);
    iot.deprecateThingType(r -> r.thingTypeName("lamp").undoDeprecate(true));
    iot.createThing(r -> r.thingName("late").thingTypeName("lamp"));
    iot.updateThing(r -> r.thingName("late").removeThingType(true));
    assertThat(iot.describeThing(r -> r.thingName("late")).thingTypeName()).isNull();
    iot.createThingType(r -> r.thingTypeName("lantern"));
    assertThat(iot.listThingTypesPaginator(r -> r.maxResults(1)).thingTypes())
        .extracting(type -> type.thingTypeName())
        .contains("lamp", "lantern");
    assertThatThrownBy(
            () ->
                iot.createThingType(
                    r ->
                        r.thingTypeName("wide")
                            .thingTypeProperties(p -> p.searchableAttributes("a", "b", "c", "d"))))
        .isInstanceOf(InvalidRequestException.class);
  }

  @Test
  void groupsStandInAHierarchyAndTellTheirPath() {
    iot.createThingGroup(r -> r.thingGroupName("world"));
    iot.createThingGroup(r -> r.thingGroupName("europe").parentGroupName("world"));
    var berlin =
        iot.createThingGroup(
            r ->
                r.thingGroupName("berlin")
                    .parentGroupName("europe")
                    .thingGroupProperties(
                        p ->
                            p.thingGroupDescription("a city")
                                .attributePayload(a -> a.attributes(Map.of("zone", "1")))));
    assertThat(berlin.thingGroupArn())
        .isEqualTo("arn:aws:iot:local:000000000000:thinggroup/berlin");
    var described = iot.describeThingGroup(r -> r.thingGroupName("berlin"));
    assertThat(described.thingGroupMetadata().parentGroupName()).isEqualTo("europe");
    assertThat(described.thingGroupMetadata().rootToParentThingGroups())
        .extracting(GroupNameAndArn::groupName)
        .containsExactly("world", "europe");
    assertThat(described.version()).isEqualTo(1);
    assertThat(
            iot.updateThingGroup(
                    r ->
                        r.thingGroupName("berlin")
                            .expectedVersion(1L)
                            .thingGroupProperties(
                                p ->
                                    p.attributePayload(
                                        a -> a.merge(true).attributes(Map.of("line", "u8")))))
                .version())
        .isEqualTo(2);
    assertThatThrownBy(
            () ->
                iot.updateThingGroup(
                    r ->
                        r.thingGroupName("berlin")
                            .expectedVersion(1L)
                            .thingGroupProperties(p -> p.thingGroupDescription("late"))))
        .isInstanceOf(VersionConflictException.class);
    assertThat(
            iot.describeThingGroup(r -> r.thingGroupName("berlin"))
                .thingGroupProperties()
                .attributePayload()
                .attributes())
        .containsOnly(Map.entry("zone", "1"), Map.entry("line", "u8"));
    assertThat(
            names(iot.listThingGroups(r -> r.parentGroup("world").recursive(false)).thingGroups()))
        .containsExactly("europe");
    assertThat(names(iot.listThingGroups(r -> r.parentGroup("world")).thingGroups()))
        .containsExactly("berlin", "europe");
    assertThat(names(iot.listThingGroups(r -> r.namePrefixFilter("ber")).thingGroups()))
        .containsExactly("berlin");
    assertThatThrownBy(() -> iot.deleteThingGroup(r -> r.thingGroupName("europe")))
        .isInstanceOf(InvalidRequestException.class);
    assertThatThrownBy(
            () -> iot.createThingGroup(r -> r.thingGroupName("x").parentGroupName("nowhere")))
        .isInstanceOf(ResourceNotFoundException.class);
  }

  private static List<String> names(List<GroupNameAndArn> groups) {
    return groups.stream().map(GroupNameAndArn::groupName).toList();
  }

  @Test
  void aThingIsNeverInTwoGroupsOfOneHierarchy() {
    iot.createThingGroup(r -> r.thingGroupName("plant"));
    iot.createThingGroup(r -> r.thingGroupName("hall-1").parentGroupName("plant"));
    iot.createThingGroup(r -> r.thingGroupName("hall-2").parentGroupName("plant"));
    iot.createThingGroup(r -> r.thingGroupName("shift"));
    iot.createThing(r -> r.thingName("press"));
    iot.addThingToThingGroup(r -> r.thingGroupName("hall-1").thingName("press"));
    iot.addThingToThingGroup(r -> r.thingGroupName("shift").thingName("press"));
    assertThatThrownBy(
            () -> iot.addThingToThingGroup(r -> r.thingGroupName("hall-2").thingName("press")))
        .isInstanceOf(InvalidRequestException.class);
    iot.updateThingGroupsForThing(
        r -> r.thingName("press").thingGroupsToAdd("hall-2").thingGroupsToRemove("hall-1"));
    assertThat(names(iot.listThingGroupsForThing(r -> r.thingName("press")).thingGroups()))
        .containsExactly("hall-2", "shift");
    assertThat(iot.listThingsInThingGroup(r -> r.thingGroupName("plant")).things()).isEmpty();
    assertThat(iot.listThingsInThingGroup(r -> r.thingGroupName("plant").recursive(true)).things())
        .containsExactly("press");
    iot.removeThingFromThingGroup(r -> r.thingGroupName("shift").thingName("press"));
    iot.deleteThing(r -> r.thingName("press"));
    assertThat(iot.listThingsInThingGroup(r -> r.thingGroupName("hall-2")).things()).isEmpty();
  }

  @Test
  void aGroupIsNotDeeperThanSeven() {
    iot.createThingGroup(r -> r.thingGroupName("depth1"));
    for (int i = 2; i <= 7; i++) {
      String name = "depth" + i;
      String parent = "depth" + (i - 1);
      iot.createThingGroup(r -> r.thingGroupName(name).parentGroupName(parent));
    }
    assertThatThrownBy(
            () -> iot.createThingGroup(r -> r.thingGroupName("depth8").parentGroupName("depth7")))
        .isInstanceOf(InvalidRequestException.class);
  }

  @Test
  void aGroupsPolicyCountsForTheThingsInItAndBelow() {
    iot.createThingGroup(r -> r.thingGroupName("fleet"));
    iot.createThingGroup(r -> r.thingGroupName("trucks").parentGroupName("fleet"));
    iot.createThing(r -> r.thingName("truck-1"));
    String group = iot.describeThingGroup(r -> r.thingGroupName("fleet")).thingGroupArn();
    iot.createPolicy(
        r ->
            r.policyName("of-fleet")
                .policyDocument(
                    """
                    {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:Publish",
                     "Resource":"arn:aws:iot:local:000000000000:topic/${iot:Connection.Thing.ThingName}/*"}]}"""));
    iot.attachPolicy(r -> r.policyName("of-fleet").target(group));
    String certificate = iot.createKeysAndCertificate(r -> r.setAsActive(true)).certificateArn();
    iot.attachThingPrincipal(r -> r.thingName("truck-1").principal(certificate));
    assertThat(decision(certificate, "truck-1", "topic/truck-1/speed"))
        .isEqualTo(AuthDecision.IMPLICIT_DENY);

    iot.addThingToThingGroup(r -> r.thingGroupName("trucks").thingName("truck-1"));
    assertThat(decision(certificate, "truck-1", "topic/truck-1/speed"))
        .isEqualTo(AuthDecision.ALLOWED);
    assertThat(decision(certificate, "another", "topic/truck-1/speed"))
        .as("the connection is not that thing")
        .isEqualTo(AuthDecision.IMPLICIT_DENY);
    assertThat(iot.getEffectivePolicies(r -> r.thingName("truck-1")).effectivePolicies())
        .extracting(policy -> policy.policyName())
        .containsExactly("of-fleet");
    assertThat(iot.listTargetsForPolicy(r -> r.policyName("of-fleet")).targets())
        .containsExactly(group);
    String below = iot.describeThingGroup(r -> r.thingGroupName("trucks")).thingGroupArn();
    assertThat(iot.listAttachedPolicies(r -> r.target(below)).policies()).isEmpty();
    assertThat(iot.listAttachedPolicies(r -> r.target(below).recursive(true)).policies())
        .extracting(policy -> policy.policyName())
        .containsExactly("of-fleet");
    assertThatThrownBy(() -> iot.deletePolicy(r -> r.policyName("of-fleet")))
        .isInstanceOf(DeleteConflictException.class);
    iot.detachPolicy(r -> r.policyName("of-fleet").target(group));
    assertThat(decision(certificate, "truck-1", "topic/truck-1/speed"))
        .isEqualTo(AuthDecision.IMPLICIT_DENY);
  }

  private static AuthDecision decision(String principal, String clientId, String resource) {
    return iot.testAuthorization(
            r ->
                r.principal(principal)
                    .clientId(clientId)
                    .authInfos(
                        AuthInfo.builder()
                            .actionType(ActionType.PUBLISH)
                            .resources("arn:aws:iot:local:000000000000:" + resource)
                            .build()))
        .authResults()
        .get(0)
        .authDecision();
  }

  @Test
  void policiesCanBeAddedToAndSkippedInAQuestion() {
    String certificate = iot.createKeysAndCertificate(r -> r.setAsActive(true)).certificateArn();
    for (String topic : List.of("one", "two")) {
      iot.createPolicy(
          r ->
              r.policyName("asked-" + topic)
                  .policyDocument(
                      """
                      {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:Publish",
                       "Resource":"arn:aws:iot:local:000000000000:topic/%s"}]}"""
                          .formatted(topic)));
    }
    iot.attachPolicy(r -> r.policyName("asked-one").target(certificate));
    var results =
        iot.testAuthorization(
                r ->
                    r.principal(certificate)
                        .policyNamesToAdd("asked-two")
                        .policyNamesToSkip("asked-one")
                        .authInfos(
                            List.of(
                                AuthInfo.builder()
                                    .actionType(ActionType.PUBLISH)
                                    .resources("arn:aws:iot:local:000000000000:topic/one")
                                    .build(),
                                AuthInfo.builder()
                                    .actionType(ActionType.PUBLISH)
                                    .resources("arn:aws:iot:local:000000000000:topic/two")
                                    .build())))
            .authResults();
    assertThat(results)
        .extracting(result -> result.authDecision())
        .containsExactly(AuthDecision.IMPLICIT_DENY, AuthDecision.ALLOWED);
  }

  @Test
  void aThingIsInOneBillingGroupAtMost() {
    var made =
        iot.createBillingGroup(
            r ->
                r.billingGroupName("north")
                    .billingGroupProperties(p -> p.billingGroupDescription("pays monthly")));
    assertThat(made.billingGroupArn())
        .isEqualTo("arn:aws:iot:local:000000000000:billinggroup/north");
    iot.createBillingGroup(r -> r.billingGroupName("south"));
    iot.createThing(r -> r.thingName("meter").billingGroupName("north"));
    assertThat(iot.describeThing(r -> r.thingName("meter")).billingGroupName()).isEqualTo("north");
    iot.addThingToBillingGroup(r -> r.billingGroupName("south").thingName("meter"));
    assertThat(iot.listThingsInBillingGroup(r -> r.billingGroupName("north")).things()).isEmpty();
    assertThat(iot.listThingsInBillingGroup(r -> r.billingGroupName("south")).things())
        .containsExactly("meter");
    assertThat(
            iot.updateBillingGroup(
                    r ->
                        r.billingGroupName("south")
                            .expectedVersion(1L)
                            .billingGroupProperties(p -> p.billingGroupDescription("pays daily")))
                .version())
        .isEqualTo(2);
    assertThat(
            iot.describeBillingGroup(r -> r.billingGroupName("south"))
                .billingGroupProperties()
                .billingGroupDescription())
        .isEqualTo("pays daily");
    iot.deleteBillingGroup(r -> r.billingGroupName("south"));
    assertThat(iot.describeThing(r -> r.thingName("meter")).billingGroupName()).isNull();
    assertThat(iot.listBillingGroups(r -> r.namePrefixFilter("no")).billingGroups())
        .extracting(group -> group.groupName())
        .containsExactly("north");
  }
}
