package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.iot.IotClient;
import software.amazon.awssdk.services.iot.model.AuthorizerDescription;
import software.amazon.awssdk.services.iot.model.AuthorizerStatus;
import software.amazon.awssdk.services.iot.model.AuthorizerSummary;
import software.amazon.awssdk.services.iot.model.DeleteConflictException;
import software.amazon.awssdk.services.iot.model.InvalidRequestException;
import software.amazon.awssdk.services.iot.model.InvalidResponseException;
import software.amazon.awssdk.services.iot.model.ListAuthorizersResponse;
import software.amazon.awssdk.services.iot.model.ResourceAlreadyExistsException;
import software.amazon.awssdk.services.iot.model.ResourceNotFoundException;

/** The family of CreateAuthorizer, asked by an unmodified AWS SDK client. */
class IotAuthorizerTest {
  private static final String URL = "https://auth.example.com/decide";

  private RunningApi api;
  private IotClient iot;

  @BeforeEach
  void start() {
    api = new RunningApi();
    iot = api.client(IotClient.builder());
  }

  @AfterEach
  void stop() {
    iot.close();
    api.close();
  }

  private void create(String name) {
    iot.createAuthorizer(
        r -> r.authorizerName(name).authorizerFunctionArn(URL).signingDisabled(true));
  }

  private AuthorizerDescription described(String name) {
    return iot.describeAuthorizer(r -> r.authorizerName(name)).authorizerDescription();
  }

  @Test
  void aListComesInPagesAndByStatus() {
    for (String name : List.of("c", "a", "d", "b", "e")) {
      create(name);
    }
    iot.updateAuthorizer(r -> r.authorizerName("b").status(AuthorizerStatus.ACTIVE));
    List<String> names = new ArrayList<>();
    String marker = null;
    int pages = 0;
    do {
      String from = marker;
      ListAuthorizersResponse page = iot.listAuthorizers(r -> r.pageSize(2).marker(from));
      page.authorizers().stream().map(AuthorizerSummary::authorizerName).forEach(names::add);
      assertThat(page.authorizers())
          .allSatisfy(
              one ->
                  assertThat(one.authorizerArn()).endsWith("authorizer/" + one.authorizerName()));
      marker = page.nextMarker();
      pages++;
    } while (marker != null);
    assertThat(names).containsExactlyInAnyOrder("a", "b", "c", "d", "e");
    List<String> oldestFirst =
        iot.listAuthorizers(r -> r.ascendingOrder(true)).authorizers().stream()
            .map(AuthorizerSummary::authorizerName)
            .toList();
    Collections.reverse(names);
    assertThat(oldestFirst).as("the newest first, unless asked for").isEqualTo(names);
    assertThat(pages).isEqualTo(3);
    assertThat(iot.listAuthorizers(r -> r.status(AuthorizerStatus.ACTIVE)).authorizers())
        .extracting(AuthorizerSummary::authorizerName)
        .containsExactly("b");
  }

  @Test
  void anUpdateChangesWhatItNamesAndNothingElse() {
    iot.createAuthorizer(
        r ->
            r.authorizerName("house")
                .authorizerFunctionArn(URL)
                .signingDisabled(true)
                .tokenKeyName("token")
                .enableCachingForHttp(true));
    assertThat(described("house").status()).as("as created").isEqualTo(AuthorizerStatus.INACTIVE);
    iot.updateAuthorizer(
        r ->
            r.authorizerName("house").authorizerFunctionArn(URL + "2").enableCachingForHttp(false));
    AuthorizerDescription changed = described("house");
    assertThat(changed.authorizerFunctionArn()).isEqualTo(URL + "2");
    assertThat(changed.enableCachingForHttp()).isFalse();
    assertThat(changed.tokenKeyName()).isEqualTo("token");
    assertThat(changed.signingDisabled()).as("for ever").isTrue();
    assertThat(changed.lastModifiedDate()).isAfterOrEqualTo(changed.creationDate());
    assertThatThrownBy(
            () -> iot.updateAuthorizer(r -> r.authorizerName("nobody").tokenKeyName("t")))
        .isInstanceOf(ResourceNotFoundException.class);
    assertThatThrownBy(
            () -> iot.updateAuthorizer(r -> r.authorizerName("house").status("SOMETIMES")))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("ACTIVE, INACTIVE");
  }

  @Test
  void oneThatIsActiveOrTheDefaultIsNotDeleted() {
    create("house");
    iot.updateAuthorizer(r -> r.authorizerName("house").status(AuthorizerStatus.ACTIVE));
    assertThatThrownBy(() -> iot.deleteAuthorizer(r -> r.authorizerName("house")))
        .isInstanceOf(DeleteConflictException.class);
    iot.setDefaultAuthorizer(r -> r.authorizerName("house"));
    iot.updateAuthorizer(r -> r.authorizerName("house").status(AuthorizerStatus.INACTIVE));
    assertThatThrownBy(() -> iot.deleteAuthorizer(r -> r.authorizerName("house")))
        .isInstanceOf(DeleteConflictException.class);
    assertThatThrownBy(() -> iot.setDefaultAuthorizer(r -> r.authorizerName("house")))
        .isInstanceOf(ResourceAlreadyExistsException.class);
    assertThatThrownBy(() -> iot.setDefaultAuthorizer(r -> r.authorizerName("nobody")))
        .isInstanceOf(ResourceNotFoundException.class);
    assertThat(iot.describeDefaultAuthorizer(r -> {}).authorizerDescription().authorizerName())
        .isEqualTo("house");
    iot.clearDefaultAuthorizer(r -> {});
    iot.clearDefaultAuthorizer(r -> {}); // twice does no harm
    assertThatThrownBy(() -> iot.describeDefaultAuthorizer(r -> {}))
        .isInstanceOf(ResourceNotFoundException.class);
    iot.deleteAuthorizer(r -> r.authorizerName("house"));
    assertThatThrownBy(() -> iot.deleteAuthorizer(r -> r.authorizerName("house")))
        .isInstanceOf(ResourceNotFoundException.class);
  }

  @Test
  void aSigningKeyHas2048BitsAtLeast() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(1024);
    String pem =
        "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----"
            .formatted(
                Base64.getMimeEncoder()
                    .encodeToString(generator.generateKeyPair().getPublic().getEncoded()));
    assertThatThrownBy(
            () ->
                iot.createAuthorizer(
                    r ->
                        r.authorizerName("weak")
                            .authorizerFunctionArn(URL)
                            .tokenKeyName("token")
                            .tokenSigningPublicKeys(Map.of("k", pem))))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("2048");
  }

  @Test
  void aTrialVerifiesTheSignatureAndSaysWhatIsWrongWithTheAnswer() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    KeyPair keys = generator.generateKeyPair();
    String pem =
        "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----"
            .formatted(Base64.getMimeEncoder().encodeToString(keys.getPublic().getEncoded()));
    iot.createAuthorizer(
        r ->
            r.authorizerName("signed")
                .authorizerFunctionArn(URL)
                .tokenKeyName("token")
                .tokenSigningPublicKeys(Map.of("k", pem)));
    assertThat(described("signed").tokenSigningPublicKeys()).containsEntry("k", pem);
    Signature signing = Signature.getInstance("SHA256withRSA");
    signing.initSign(keys.getPrivate());
    signing.update("t".getBytes(StandardCharsets.UTF_8));
    String signature = Base64.getEncoder().encodeToString(signing.sign());

    assertThatThrownBy( // this house's authorizers answer with the question
            () ->
                iot.testInvokeAuthorizer(
                    r -> r.authorizerName("signed").token("t").tokenSignature(signature)))
        .isInstanceOf(InvalidResponseException.class)
        .hasMessageContaining("isAuthenticated");
    assertThat(api.authorizersAsked.poll().path("signatureVerified").asBoolean()).isTrue();
    assertThatThrownBy(
            () ->
                iot.testInvokeAuthorizer(
                    r -> r.authorizerName("signed").token("u").tokenSignature(signature)))
        .isInstanceOf(InvalidResponseException.class);
    assertThat(api.authorizersAsked.poll().path("signatureVerified").asBoolean()).isFalse();
    assertThatThrownBy(() -> iot.testInvokeAuthorizer(r -> r.authorizerName("nobody")))
        .isInstanceOf(ResourceNotFoundException.class);
  }
}
