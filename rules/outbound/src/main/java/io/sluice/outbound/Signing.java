package io.sluice.outbound;

import java.io.ByteArrayInputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignedRequest;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;

/** Signs requests with AWS Signature Version 4, by the AWS SDK's own signer. Any thread. */
final class Signing {
  private static final AwsV4HttpSigner SIGNER = AwsV4HttpSigner.create();

  private Signing() {}

  /** The request with its signature's headers. */
  static HttpCalls.Request sign(
      HttpCalls.Request request, Map<String, String> credentials, String service, String region) {
    SdkHttpRequest.Builder unsigned =
        SdkHttpRequest.builder()
            .uri(request.uri())
            .method(SdkHttpMethod.fromValue(request.method()));
    request.headers().forEach(unsigned::putHeader);
    ContentStreamProvider body = () -> new ByteArrayInputStream(request.body());
    SignedRequest signed =
        SIGNER.sign(
            sign ->
                sign.identity(identity(credentials))
                    .request(unsigned.build())
                    .payload(body)
                    .putProperty(AwsV4FamilyHttpSigner.SERVICE_SIGNING_NAME, service)
                    .putProperty(AwsV4HttpSigner.REGION_NAME, region));
    Map<String, String> headers = new HashMap<>(request.headers());
    for (Map.Entry<String, List<String>> header : signed.request().headers().entrySet()) {
      if (!header.getKey().equalsIgnoreCase("host")) { // the connection's
        headers.put(header.getKey(), String.join(",", header.getValue()));
      }
    }
    return new HttpCalls.Request(request.method(), request.uri(), headers, request.body());
  }

  static AwsCredentialsIdentity identity(Map<String, String> credentials) {
    AwsCredentialsIdentity.Builder identity =
        AwsCredentialsIdentity.builder()
            .accessKeyId(credentials.getOrDefault("accessKeyId", ""))
            .secretAccessKey(credentials.getOrDefault("secretAccessKey", ""));
    return identity.build();
  }
}
