package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.iot.IotClient;
import software.amazon.awssdk.services.iot.model.InvalidRequestException;
import software.amazon.awssdk.services.iot.model.ResourceNotFoundException;
import software.amazon.awssdk.services.iot.model.Tag;

/** Tags of the registry's resources, with the AWS SDK. */
class IotTagsTest {
  private RunningApi api;
  private IotClient iot;

  @BeforeEach
  void start() throws Exception {
    api = new RunningApi();
    iot = api.client(IotClient.builder());
  }

  @AfterEach
  void stop() {
    iot.close();
    api.close();
  }

  private static Tag tag(String key, String value) {
    return Tag.builder().key(key).value(value).build();
  }

  private List<Tag> tags(String arn) {
    return iot.listTagsForResource(r -> r.resourceArn(arn)).tags();
  }

  @Test
  void aResourceHasTheTagsItWasMadeWithAndThoseItGetsLater() {
    String arn =
        iot.createBillingGroup(r -> r.billingGroupName("b").tags(tag("cost", "42"), tag("a", "")))
            .billingGroupArn();
    assertThat(tags(arn)).containsExactly(tag("a", ""), tag("cost", "42"));
    iot.tagResource(r -> r.resourceArn(arn).tags(tag("cost", "43"), tag("z", "y")));
    iot.untagResource(r -> r.resourceArn(arn).tagKeys("a", "never there"));
    assertThat(tags(arn)).containsExactly(tag("cost", "43"), tag("z", "y"));
  }

  @Test
  void allKindsThatCanBeTaggedCan() {
    String document =
        """
        {"Version":"2012-10-17","Statement":[]}"""
            .replace(
                "[]",
                "{\"Effect\":\"Allow\",\"Action\":\"iot:Connect\",\"Resource\":\"arn:aws:iot:local:000000000000:client/a\"}");
    assertThat(
            tags(
                iot.createPolicy(
                        r -> r.policyName("p").policyDocument(document).tags(tag("k", "v")))
                    .policyArn()))
        .hasSize(1);
    assertThat(
            tags(iot.createThingType(r -> r.thingTypeName("t").tags(tag("k", "v"))).thingTypeArn()))
        .hasSize(1);
    assertThat(
            tags(
                iot.createThingGroup(r -> r.thingGroupName("g").tags(tag("k", "v")))
                    .thingGroupArn()))
        .hasSize(1);
  }

  @Test
  void anAuthorizersTagsAreThoseItWasMadeWithAndGoWithIt() {
    String arn = authorizer(tag("k", "v"));
    assertThat(tags(arn)).containsExactly(tag("k", "v"));
    iot.tagResource(r -> r.resourceArn(arn).tags(tag("z", "y")));
    iot.untagResource(r -> r.resourceArn(arn).tagKeys("k"));
    assertThat(tags(arn)).containsExactly(tag("z", "y"));
    iot.deleteAuthorizer(r -> r.authorizerName("a"));
    assertThatThrownBy(() -> tags(arn)).isInstanceOf(ResourceNotFoundException.class);
    authorizer();
    assertThat(tags(arn)).isEmpty();
  }

  private String authorizer(Tag... tags) {
    return iot.createAuthorizer(
            r ->
                r.authorizerName("a")
                    .authorizerFunctionArn("https://a.example/decide")
                    .signingDisabled(true)
                    .tags(tags))
        .authorizerArn();
  }

  @Test
  void tagsGoWithTheirResource() {
    String arn =
        iot.createThingGroup(r -> r.thingGroupName("g").tags(tag("k", "v"))).thingGroupArn();
    iot.deleteThingGroup(r -> r.thingGroupName("g"));
    assertThatThrownBy(() -> tags(arn)).isInstanceOf(ResourceNotFoundException.class);
    iot.createThingGroup(r -> r.thingGroupName("g"));
    assertThat(tags(arn)).isEmpty();
  }

  @Test
  void whatCannotBeATagIsRefusedAndNothingIsMade() {
    assertThatThrownBy(
            () -> iot.createThingGroup(r -> r.thingGroupName("g").tags(tag("aws:x", "v"))))
        .isInstanceOf(InvalidRequestException.class);
    assertThatThrownBy(() -> iot.describeThingGroup(r -> r.thingGroupName("g")))
        .isInstanceOf(ResourceNotFoundException.class);
    iot.createThing(r -> r.thingName("thing"));
    assertThatThrownBy(() -> tags("arn:aws:iot:local:000000000000:thing/thing"))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("cannot be tagged");
  }
}
