package io.sluice.outbound;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.engine.Carrier.Outcome;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.SdkClient;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.utils.SdkAutoCloseable;

/**
 * Clients of the AWS SDK, one for each endpoint, region and credentials that actions name. A try is
 * made once: the outbox tries again. Any thread.
 */
final class AwsClients implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final int CLIENTS_MAX = 512;

  private final OutboundSettings settings;
  private final SdkHttpClient http =
      UrlConnectionHttpClient.builder()
          .connectionTimeout(Duration.ofSeconds(3))
          .socketTimeout(Duration.ofSeconds(8))
          .build();
  private final Map<Key, SdkAutoCloseable> clients = new ConcurrentHashMap<>();

  private record Key(Class<?> kind, String endpoint, String region, String credentials) {}

  AwsClients(OutboundSettings settings) {
    this.settings = settings;
  }

  /** One call; what it throws is judged. */
  @FunctionalInterface
  interface Call<T> {
    T make();
  }

  /** A call that did not do what it should. */
  static final class AwsFailed extends Exception {
    private final Outcome outcome;

    AwsFailed(Outcome outcome) {
      super(outcome.toString(), null, false, false);
      this.outcome = outcome;
    }

    Outcome outcome() {
      return outcome;
    }
  }

  /** Why an action cannot be taken into a rule; empty when it can. */
  String check(JsonNode fields) {
    String endpoint = fields.path("endpoint").asText("");
    if (!endpoint.isEmpty() && !isEndpoint(endpoint)) {
      return "endpoint '%s' must be https:// with a host and no more".formatted(endpoint);
    }
    return settings.credentials().check(fields);
  }

  private static boolean isEndpoint(String text) {
    try {
      URI uri = new URI(text);
      return uri.getHost() != null
          && uri.getUserInfo() == null
          && ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()));
    } catch (URISyntaxException wrong) {
      return false;
    }
  }

  /**
   * The client of an action.
   *
   * @throws AwsFailed when its endpoint may not be reached
   */
  <
          C extends SdkClient & SdkAutoCloseable,
          B extends
              AwsSyncClientBuilder<B, C>
                  & software.amazon.awssdk.awscore.client.builder.AwsClientBuilder<B, C>>
      C client(Class<C> kind, JsonNode fields, java.util.function.Supplier<B> builder)
          throws AwsFailed {
    String endpoint = fields.path("endpoint").asText("");
    reach(endpoint);
    Key key =
        new Key(
            kind,
            endpoint,
            fields.path("region").asText(settings.region()),
            fields.path("credentials").asText(fields.path("roleArn").asText("")));
    if (clients.size() > CLIENTS_MAX) {
      clients.clear(); // those in use end with their calls
    }
    return kind.cast(
        clients.computeIfAbsent(
            key,
            k -> {
              B made = builder.get();
              made.httpClient(http)
                  .region(Region.of(k.region()))
                  .credentialsProvider(credentials(fields))
                  .overrideConfiguration(
                      c -> c.retryStrategy(AwsRetryStrategy.doNotRetry()).apiCallTimeout(LIMIT));
              if (!k.endpoint().isEmpty()) {
                made.endpointOverride(URI.create(k.endpoint()));
              }
              return made.build();
            }));
  }

  private void reach(String endpoint) throws AwsFailed {
    if (endpoint.isEmpty()) {
      return; // AWS itself
    }
    URI uri = URI.create(endpoint);
    try {
      Addresses.Checked checked = settings.addresses().check(uri.getHost());
      if (!"https".equals(uri.getScheme()) && !checked.isOwn()) {
        throw new AwsFailed(
            new Outcome.Refused("endpoint '%s' must be https://".formatted(endpoint)));
      }
    } catch (Addresses.Unreachable unreachable) {
      String reason = String.valueOf(unreachable.getMessage());
      throw new AwsFailed(
          unreachable.isForGood() ? new Outcome.Refused(reason) : new Outcome.Retry(reason));
    }
  }

  private AwsCredentialsProvider credentials(JsonNode fields) {
    return settings
        .credentials()
        .of(fields)
        .<AwsCredentialsProvider>map(known -> StaticCredentialsProvider.create(keys(known)))
        .orElseGet(AnonymousCredentialsProvider::create);
  }

  private static AwsCredentials keys(Map<String, String> known) {
    String id = known.getOrDefault("accessKeyId", "");
    String secret = known.getOrDefault("secretAccessKey", "");
    String token = known.get("sessionToken");
    return token == null
        ? AwsBasicCredentials.create(id, secret)
        : AwsSessionCredentials.create(id, secret, token);
  }

  /**
   * Makes a call.
   *
   * @throws AwsFailed how it failed: throttled, broken and unreachable may be tried again
   */
  static <T> T call(Call<T> call) throws AwsFailed {
    try {
      return call.make();
    } catch (AwsServiceException answered) {
      String reason =
          "status %d, %s"
              .formatted(
                  answered.statusCode(),
                  answered.awsErrorDetails() == null
                      ? "no error code"
                      : answered.awsErrorDetails().errorCode());
      boolean later =
          answered.isThrottlingException()
              || answered.statusCode() >= 500
              || answered.isClockSkewException()
              || answered.statusCode() == 403; // keys may be given or renewed
      throw new AwsFailed(later ? new Outcome.Retry(reason) : new Outcome.Refused(reason));
    } catch (SdkException failed) {
      throw new AwsFailed(
          new Outcome.Retry("no answer (%s)".formatted(failed.getClass().getSimpleName())));
    } catch (IllegalArgumentException | NullPointerException ours) {
      throw new AwsFailed(
          new Outcome.Refused(
              "the call cannot be made (%s)".formatted(ours.getClass().getSimpleName())));
    }
  }

  @Override
  public void close() {
    clients.values().forEach(SdkAutoCloseable::close);
    http.close();
  }
}
