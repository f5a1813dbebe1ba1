package io.sluice.credentials;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import io.sluice.identity.Outgoing;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens of an issuer whose keys lie at an address or in a file. */
class TokenDeskTest {
  private static final String ISSUER = "https://issuer.example";
  private static final long NOW = 1_800_000_000_000L;

  private static RSAKey rsa;
  private static RSAKey other;
  private static ECKey ec;

  @TempDir Path folder;
  private final AtomicLong now = new AtomicLong(NOW);
  private final AtomicReference<String> served = new AtomicReference<>();
  private final AtomicInteger asked = new AtomicInteger();
  private final AtomicReference<String> discovery = new AtomicReference<>("");
  private final AtomicInteger discovered = new AtomicInteger();
  private Waiting waiting;
  private HttpServer server;
  private TokenDesk desk;

  @BeforeAll
  static void makeKeys() throws JOSEException {
    rsa = new RSAKeyGenerator(2048).keyID("rsa").generate();
    other = new RSAKeyGenerator(2048).keyID("other").generate();
    ec = new ECKeyGenerator(Curve.P_256).keyID("ec").generate();
  }

  @BeforeEach
  void open() throws IOException {
    serve(rsa, ec);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    answer("/keys", asked, served);
    answer("/.well-known/openid-configuration", discovered, discovery);
    server.start();
    waiting = new Waiting(2, 10, 60_000);
    desk = desk(here() + "/keys");
  }

  private void answer(String path, AtomicInteger times, AtomicReference<String> with) {
    server.createContext(
        path,
        exchange -> {
          times.incrementAndGet();
          byte[] body = with.get().getBytes(UTF_8);
          exchange.sendResponseHeaders(
              body.length == 0 ? 503 : 200, body.length == 0 ? -1 : body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
  }

  private String here() {
    return "http://127.0.0.1:%d".formatted(server.getAddress().getPort());
  }

  @AfterEach
  void close() {
    server.stop(0);
    waiting.close();
  }

  private void serve(JWK... keys) {
    served.set(new JWKSet(List.of(keys)).toPublicJWKSet().toString());
  }

  private TokenDesk desk(String keys) {
    return desk(60_000, rules("", ISSUER, keys));
  }

  private TokenDesk desk(long intervalMillis, TokenRules... rules) {
    return new TokenDesk(
        List.of(rules),
        () -> waiting,
        new Outgoing(ForkJoinPool.commonPool()),
        now::get,
        intervalMillis);
  }

  private static TokenRules rules(String name, String issuer, String keys) {
    return new TokenRules(
        name,
        issuer,
        keys,
        "sluice",
        Set.of("RS256", "ES256"),
        Duration.ofSeconds(10),
        "sub",
        TokenRules.mappings(List.of("phones", "groups=fitters:fitting", "realm.role=root:all")));
  }

  private static JWTClaimsSet.Builder claims() {
    return new JWTClaimsSet.Builder()
        .issuer(ISSUER)
        .audience("sluice")
        .subject("ann")
        .expirationTime(new Date(NOW + 60_000));
  }

  private static String sign(JWTClaimsSet claims, JWK key) throws JOSEException {
    boolean curve = key instanceof ECKey;
    JWSSigner signer = curve ? new ECDSASigner((ECKey) key) : new RSASSASigner((RSAKey) key);
    JWSHeader header =
        new JWSHeader.Builder(curve ? JWSAlgorithm.ES256 : JWSAlgorithm.RS256)
            .keyID(key.getKeyID())
            .build();
    SignedJWT token = new SignedJWT(header, claims);
    token.sign(signer);
    return token.serialize();
  }

  private Proof.Proven proven(String token) {
    Proof proof = desk.prove(token).join();
    assertThat(proof).isInstanceOf(Proof.Proven.class);
    return (Proof.Proven) proof;
  }

  private Proof.Failed failed(String token) {
    Proof proof = desk.prove(token).join();
    assertThat(proof).isInstanceOf(Proof.Failed.class);
    return (Proof.Failed) proof;
  }

  @Test
  void aTokenNamesItsOwnerAndItsClaimsArePoliciesAndVariables() throws JOSEException {
    String token =
        sign(
            claims()
                .claim("groups", List.of("drivers", "fitters"))
                .claim("realm", Map.of("role", "user"))
                .claim("site", 7)
                .build(),
            rsa);

    Proof.Proven proven = proven(token);

    assertThat(TokenDesk.isToken(token.getBytes(UTF_8))).isTrue();
    assertThat(proven.bearer().principal()).isEqualTo("jwt/ann");
    assertThat(proven.bearer().grant().policies()).containsExactly("phones", "fitting");
    assertThat(proven.bearer().grant().variables())
        .containsEntry("jwt:sub", List.of("ann"))
        .containsEntry("jwt:groups", List.of("drivers", "fitters"))
        .containsEntry("jwt:realm.role", List.of("user"))
        .containsEntry("jwt:site", List.of("7"));
    assertThat(proven(sign(claims().build(), ec)).bearer().principal()).isEqualTo("jwt/ann");
  }

  @Test
  void itHoldsUntilItExpiresAndTheClocksMayDifferALittle() throws JOSEException {
    String token = sign(claims().build(), rsa);
    Proof.Proven proven = proven(token);
    assertThat(proven.endsMillis()).isEqualTo(NOW + 70_000);

    now.set(NOW + 69_999);
    assertThat(proven.bearer().grant()).isNotNull();
    int before = proven.bearer().version();
    proven(token);
    now.set(NOW + 70_001);
    assertThat(proven.bearer().grant()).isNull();
    assertThat(proven.bearer().version()).isGreaterThan(before);
    assertThat(failed(token).word()).isEqualTo("token_expired");

    String early =
        sign(
            claims()
                .expirationTime(new Date(NOW + 900_000))
                .notBeforeTime(new Date(NOW + 95_000))
                .build(),
            rsa);
    assertThat(failed(early).word()).isEqualTo("bad_token");
    now.set(NOW + 86_000);
    proven(early);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "another issuer, iss, https://other.example",
    "another audience, aud, other",
    "no audience, aud,",
    "no subject, sub,",
    "no end, exp,",
    "a name with a line break, sub, 'a\nb'"
  })
  void aTokenThatSaysSomethingElseIsRefused(String what, String claim, String value)
      throws JOSEException {
    assertThat(failed(sign(claims().claim(claim, value).build(), rsa)).cause())
        .as(what)
        .isEqualTo(Proof.Cause.WRONG);
  }

  @Test
  void whatIsNotSignedByTheIssuerIsRefused() throws JOSEException {
    JWTClaimsSet claims = claims().build();
    assertThat(failed(new PlainJWT(claims).serialize()).word())
        .as("alg none")
        .isEqualTo("bad_token");

    // The public key as the secret of an HMAC, which a careless verifier would take.
    SignedJWT confused =
        new SignedJWT(new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("rsa").build(), claims);
    confused.sign(new MACSigner(rsa.toPublicJWK().toJSONString().getBytes(UTF_8)));
    assertThat(failed(confused.serialize()).word()).isEqualTo("bad_token");

    RSAKey forged =
        new RSAKey.Builder(other.toPublicJWK())
            .privateKey(other.toRSAPrivateKey())
            .keyID("rsa")
            .build();
    assertThat(failed(sign(claims, forged)).word()).as("another key").isEqualTo("bad_token");

    String token = sign(claims, rsa);
    String tampered = token.substring(0, token.length() - 8) + "AAAAAAAA";
    assertThat(failed(tampered).word()).isEqualTo("bad_token");
    assertThat(failed("eyJ.x.y").word()).isEqualTo("bad_token");
    assertThat(failed("").word()).isEqualTo("bad_token");
    assertThat(failed("x".repeat(20_000)).word()).isEqualTo("bad_token");
    assertThat(TokenDesk.isToken("pencil".getBytes(UTF_8))).isFalse();
  }

  @Test
  void anUnknownKeyIsFetchedOnceAndAFloodOfThemFetchesNothing() throws JOSEException {
    proven(sign(claims().build(), rsa));
    assertThat(asked.get()).isEqualTo(1);

    serve(rsa, other); // the issuer has a new key
    proven(sign(claims().build(), other));
    assertThat(asked.get()).isEqualTo(2);

    RSAKey unknown =
        new RSAKey.Builder(other.toPublicJWK())
            .privateKey(other.toRSAPrivateKey())
            .keyID("unknown")
            .build();
    for (int i = 0; i < 20; i++) {
      assertThat(failed(sign(claims().build(), unknown)).cause()).isEqualTo(Proof.Cause.WRONG);
    }
    assertThat(asked.get()).as("two in a minute, and no more").isLessThanOrEqualTo(3);
    proven(sign(claims().build(), rsa));
  }

  @Test
  void anIssuerSaysItselfWhereItsKeysAre() throws JOSEException {
    discovery.set("{\"issuer\":\"%s\",\"jwks_uri\":\"%s/keys\"}".formatted(here(), here()));
    desk = desk(1, rules("", here(), ""));
    assertThat(proven(sign(claims().issuer(here()).build(), rsa)).bearer().principal())
        .isEqualTo("jwt/ann");
    serve(rsa, other); // a new key
    proven(sign(claims().issuer(here()).build(), other));
    assertThat(asked.get()).isEqualTo(2);
    assertThat(discovered.get()).as("what it said holds for an hour").isEqualTo(1);

    now.addAndGet(Duration.ofHours(1).toMillis());
    serve(ec);
    proven(sign(claims().issuer(here()).expirationTime(new Date(now.get() + 60_000)).build(), ec));
    assertThat(discovered.get()).isEqualTo(2);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          another issuer's     | {"issuer":"https://other.example","jwks_uri":"HERE/keys"}
          keys over an open way| {"issuer":"HERE","jwks_uri":"http://keys.example/keys"}
          keys in a file       | {"issuer":"HERE","jwks_uri":"file:///etc/passwd"}
          no keys              | {"issuer":"HERE"}
          no JSON              | hello
          not there            | ''
          """)
  void aDiscoveryDocumentThatIsOfNoUseRefusesNobodyAsWrong(String what, String document)
      throws JOSEException {
    discovery.set(document.replace("HERE", here()));
    desk = desk(60_000, rules("", here(), ""));
    assertThat(failed(sign(claims().issuer(here()).build(), rsa)).word())
        .as(what)
        .isEqualTo("token_keys_unavailable");
    assertThat(asked.get()).isZero();
  }

  @Test
  void eachIssuerHasItsOwnKeysAudienceAndPrincipals() throws JOSEException, IOException {
    Path file = folder.resolve("second.json");
    Files.writeString(file, new JWKSet(other.toPublicJWK()).toString());
    String second = "https://second.example";
    TokenRules its =
        new TokenRules(
            "second",
            second,
            file.toString(),
            "other-audience",
            Set.of("RS256"),
            Duration.ZERO,
            "sub",
            TokenRules.mappings(List.of("guests")));
    desk = desk(60_000, rules("", ISSUER, here() + "/keys"), its);

    assertThat(proven(sign(claims().build(), rsa)).bearer().principal()).isEqualTo("jwt/ann");
    Proof.Proven guest =
        proven(sign(claims().issuer(second).audience("other-audience").build(), other));
    assertThat(guest.bearer().principal()).isEqualTo("jwt.second/ann");
    assertThat(guest.bearer().grant().policies()).containsExactly("guests");

    assertThat(failed(sign(claims().build(), other)).cause())
        .as("the second's key for the first")
        .isEqualTo(Proof.Cause.WRONG);
    assertThat(failed(sign(claims().issuer(second).build(), other)).word())
        .as("the first's audience")
        .isEqualTo("bad_token");
    assertThat(failed(sign(claims().issuer("https://third.example").build(), rsa)).word())
        .isEqualTo("token_issuer");
    assertThatThrownBy(() -> desk(60_000, its, its)).isInstanceOf(TokenRules.Refused.class);
  }

  @Test
  void whatAHeaderSaysOfKeysIsNotFollowed() throws JOSEException {
    RSAKey own = new RSAKeyGenerator(2048).keyID("../../../etc/passwd").generate();
    for (JWSHeader header :
        List.of(
            new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(own.getKeyID()).build(),
            new JWSHeader.Builder(JWSAlgorithm.RS256).jwk(own.toPublicJWK()).build(),
            new JWSHeader.Builder(JWSAlgorithm.RS256)
                .jwkURL(java.net.URI.create(here() + "/.well-known/openid-configuration"))
                .build(),
            new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("rsa").build())) {
      SignedJWT token = new SignedJWT(header, claims().build());
      token.sign(new RSASSASigner(own));
      assertThat(failed(token.serialize()).cause()).isEqualTo(Proof.Cause.WRONG);
    }
    assertThat(discovered.get()).isZero();
    String nested = "{\"alg\":\"RS256\",\"a\":" + "[".repeat(10_000) + "]".repeat(10_000) + "}";
    String deep =
        java.util.Base64.getUrlEncoder().withoutPadding().encodeToString(nested.getBytes(UTF_8));
    assertThat(failed((deep + ".e30.AA").substring(0, 16_000)).word()).isEqualTo("bad_token");
  }

  @Test
  void withoutTheIssuersKeysNobodyIsWrong() throws JOSEException {
    served.set("");
    Proof.Failed failed = failed(sign(claims().build(), rsa));

    assertThat(failed.cause()).isEqualTo(Proof.Cause.UNAVAILABLE);
    assertThat(failed.word()).isEqualTo("token_keys_unavailable");
  }

  @Test
  void keysMayLieInAFile() throws IOException, JOSEException {
    Path file = folder.resolve("keys.json");
    Files.writeString(file, served.get());
    desk = desk(file.toString());
    proven(sign(claims().build(), rsa));

    Files.writeString(file, new JWKSet(other.toPublicJWK()).toString());
    proven(sign(claims().build(), other));
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "HS256", "EdDSA", "rs256"})
  void anAlgorithmWithoutAPublicKeyCannotBeAllowed(String algorithm) {
    assertThatThrownBy(
            () ->
                new TokenRules(
                    "",
                    ISSUER,
                    "keys.json",
                    "sluice",
                    Set.of(algorithm),
                    Duration.ZERO,
                    "sub",
                    List.of()))
        .isInstanceOf(TokenRules.Refused.class)
        .hasMessageContaining(algorithm);
  }

  @Test
  void keysDoNotComeOverAnOpenWay() {
    assertThatThrownBy(
            () ->
                new TokenRules(
                    "",
                    ISSUER,
                    "http://issuer.example/keys",
                    "sluice",
                    Set.of("RS256"),
                    Duration.ZERO,
                    "sub",
                    List.of()))
        .isInstanceOf(TokenRules.Refused.class)
        .hasMessageContaining("https");
    assertThatThrownBy(() -> TokenRules.mappings(List.of("a/b")))
        .isInstanceOf(TokenRules.Refused.class);
  }
}
