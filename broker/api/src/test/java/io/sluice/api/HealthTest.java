package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

class HealthTest {
  private static HttpResponse<String> health(RunningApi api)
      throws IOException, InterruptedException {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .build()
        .send(
            HttpRequest.newBuilder(URI.create(api.url() + "/health")).build(),
            HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void healthIs200UntilTheStoreTakesNoMoreWritesAndThen503() throws Exception {
    try (RunningApi api = new RunningApi()) {
      assertThat(health(api).statusCode()).isEqualTo(200);

      api.storeFailed = true;

      assertThat(health(api).statusCode()).isEqualTo(503);
      assertThat(health(api).body()).contains("takes no more writes");
    }
  }
}
