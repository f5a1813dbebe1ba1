package io.sluice.api;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The way of one request: which protocol, who claims to send it, its body, the proof, the role, the
 * operation, the answer. Runs on event loops and never waits there; rooms answer by future.
 */
final class ApiService implements HttpService {
  /** Upper ends of the buckets of requests' times. */
  private static final Duration[] BUCKETS =
      LongStream.of(1, 5, 10, 50, 100, 500, 1_000, 5_000)
          .mapToObj(Duration::ofMillis)
          .toArray(Duration[]::new);

  /** Devices send shadows and publications, which are small. */
  private static final long DEVICE_BYTES_MAX = 1 << 20;

  /** The longest document, a policy with each of its characters escaped, and some room. */
  private static final long CONTROL_PLANE_BYTES_MAX = 4 << 20;

  private static final String ACTION = "Action=";

  private final Operations operations;
  private final CallerGate callers;
  private final MeterRegistry meters;
  private final @Nullable String publicUrl;
  private final InputModel inputs = InputModel.load();
  private final AtomicInteger active = new AtomicInteger();

  ApiService(
      Operations operations, CallerGate callers, MeterRegistry meters, @Nullable String publicUrl) {
    this.operations = operations;
    this.callers = callers;
    this.meters = meters;
    this.publicUrl = publicUrl;
    Gauge.builder("sluice.api.requests.active", active, AtomicInteger::get)
        .description("Requests that wait for their answer, long polls among them")
        .register(meters);
  }

  /** What an answer is about; filled as the request becomes known. Confined to the request. */
  private static final class Progress {
    final String requestId = UUID.randomUUID().toString();
    final long startNanos = System.nanoTime();
    Protocol protocol;
    String operation = "unknown"; // names of the wire never become metric labels

    Progress(Protocol protocol) {
      this.protocol = protocol;
    }
  }

  /** Which operation is asked for, and with what. */
  private record Asked(
      Operation operation,
      Fields input,
      Map<String, String> path,
      List<PercentEncoding.Parameter> query) {}

  @Override
  public HttpResponse serve(ServiceRequestContext ctx, HttpRequest req) {
    RequestHead head = head(ctx, req.headers());
    boolean device = ctx.sessionProtocol().isTls();
    Progress progress = new Progress(protocol(head, device));
    active.incrementAndGet();
    CompletableFuture<HttpResponse> answer =
        authenticated(ctx, req, head, device, progress)
            .handle((reply, thrown) -> answer(progress, reply, thrown));
    return HttpResponse.of(answer);
  }

  /** From the raw path: Armeria's own is cleaned of doubled slashes, which topics may have. */
  private static RequestHead head(ServiceRequestContext ctx, RequestHeaders headers) {
    String target = ctx.rawPath();
    int question = target.indexOf('?');
    Map<String, List<String>> byName = new HashMap<>();
    headers.forEach(
        (name, value) -> {
          if (name.charAt(0) != ':') { // those of HTTP/2 are in the request's other parts
            byName
                .computeIfAbsent(name.toString().toLowerCase(Locale.ROOT), n -> new ArrayList<>(1))
                .add(value);
          }
        });
    String authority = headers.authority();
    if (authority != null) {
      byName.put("host", List.of(authority));
    }
    return new RequestHead(
        headers.method().name(),
        question < 0 ? target : target.substring(0, question),
        question < 0 ? "" : target.substring(question + 1),
        byName);
  }

  /** The protocol that errors are answered in, and requests read. */
  private Protocol protocol(RequestHead head, boolean device) {
    if (device) {
      return new RestProtocol(Family.IOT_DATA);
    }
    String target = head.header("x-amz-target");
    String contentType = head.header("content-type");
    if (target != null) {
      return JsonProtocol.of(target, contentType);
    }
    if (hasAction(head.rawQuery())) {
      return new QueryProtocol();
    }
    if (fits(operations.data(), head)) {
      return new RestProtocol(Family.IOT_DATA);
    }
    return isForm(contentType) && !fits(operations.control(), head) // curl says so of any body
        ? new QueryProtocol()
        : new RestProtocol(Family.IOT);
  }

  /** Whether the query has the parameter {@code Action}, not one whose name ends so. */
  private static boolean hasAction(String rawQuery) {
    return rawQuery.startsWith(ACTION) || rawQuery.contains('&' + ACTION);
  }

  private static boolean isForm(@Nullable String contentType) {
    return contentType != null
        && contentType.toLowerCase(Locale.ROOT).startsWith("application/x-www-form-urlencoded");
  }

  private static boolean fits(RestRoutes routes, RequestHead head) {
    try {
      return routes.find(head.method(), head.rawPath()) != null;
    } catch (IllegalArgumentException malformed) { // said when the route is looked for again
      return false;
    }
  }

  private CompletableFuture<Reply> authenticated(
      ServiceRequestContext ctx,
      HttpRequest req,
      RequestHead head,
      boolean device,
      Progress progress) {
    try {
      Family family = progress.protocol.family();
      if (device) {
        ctx.setMaxRequestLength(Math.min(ctx.maxRequestLength(), DEVICE_BYTES_MAX));
      } else if (family == Family.IOT) {
        ctx.setMaxRequestLength(Math.min(ctx.maxRequestLength(), CONTROL_PLANE_BYTES_MAX));
      }
      boolean dataPlane = family == Family.IOT_DATA;
      return callers
          .enter(ctx, head, dataPlane, sourceIp(ctx))
          .whenComplete(
              (caller, refused) -> {
                if (refused != null) {
                  req.abort();
                }
              })
          .thenCompose(
              claimant ->
                  req.aggregate()
                      .thenCompose(
                          whole ->
                              perform(
                                  ctx,
                                  head,
                                  whole,
                                  claimant.apply(whole.content().array()),
                                  progress)));
    } catch (RuntimeException refused) { // the border: becomes this request's error
      req.abort();
      return CompletableFuture.failedFuture(refused);
    }
  }

  private CompletableFuture<Reply> perform(
      ServiceRequestContext ctx,
      RequestHead head,
      AggregatedHttpRequest whole,
      Caller caller,
      Progress progress) {
    byte[] body = whole.content().array();
    Asked asked = asked(head, body, progress);
    Operation operation = asked.operation;
    progress.operation = operation.name();
    if (caller instanceof Caller.KeyHolder holder
        && holder.key().role() == AccessKey.Role.READ_ONLY
        && operation.access() == Operation.Access.WRITE) {
      throw operation
          .family()
          .denied(
              "Access key '%s' is %s, and %s changes something; use an admin key"
                  .formatted(holder.key().id(), holder.key().role(), operation.name()));
    }
    Call call =
        new Call(
            operation.name(),
            head,
            body,
            asked.input,
            asked.path,
            asked.query,
            caller,
            baseUrl(ctx, head),
            sourceIp(ctx),
            action -> ctx.whenRequestCancelling().thenRun(action));
    InputCheck.check(inputs, call, operation);
    return operation.code().call(call);
  }

  private Asked asked(RequestHead head, byte[] body, Progress progress) {
    Protocol protocol = progress.protocol;
    if (protocol instanceof JsonProtocol json) {
      String target = String.valueOf(head.header("x-amz-target"));
      Operation operation = operations.target(target);
      if (operation == null) {
        throw json.family().unknownOperation(printable(target));
      }
      return new Asked(operation, json.read(body), Map.of(), List.of());
    }
    if (protocol instanceof QueryProtocol) {
      String text = new String(body, java.nio.charset.StandardCharsets.UTF_8);
      QueryForm form = QueryForm.of(text.isEmpty() ? head.rawQuery() : text);
      String action = form.action();
      Operation operation = action == null ? null : operations.action(action);
      if (operation == null) {
        throw Family.SQS.unknownOperation(action == null ? "(no Action)" : printable(action));
      }
      return new Asked(operation, form.input(head.rawPath()), Map.of(), List.of());
    }
    return askedByPath(head, body, progress);
  }

  private Asked askedByPath(RequestHead head, byte[] body, Progress progress) {
    Family family = progress.protocol.family();
    RestRoutes.Found found;
    List<PercentEncoding.Parameter> query;
    try {
      found = operations.data().find(head.method(), head.rawPath());
      if (found == null && family == Family.IOT) {
        found = operations.control().find(head.method(), head.rawPath());
      }
      if (found == null && family == Family.IOT_DATA) {
        found = operations.devices().find(head.method(), head.rawPath());
      }
      query = PercentEncoding.parameters(head.rawQuery(), false);
    } catch (IllegalArgumentException malformed) {
      throw family.invalid("The URL is malformed: " + malformed.getMessage());
    }
    if (found == null) {
      List<String> methods = operations.data().methods(head.rawPath());
      if (!methods.isEmpty()) { // the control plane's model has no word for it
        throw ApiError.of(
            "MethodNotAllowedException",
            405,
            "'%s' is not for this path; use %s"
                .formatted(printable(head.method()), String.join(" or ", methods)));
      }
      ApiError unknown = family.unknownOperation(head.method() + " " + printable(head.rawPath()));
      throw ApiError.of(unknown.name(), 404, unknown.text());
    }
    boolean raw = found.operation().family() == Family.IOT_DATA; // bodies there are payloads
    Fields input =
        raw
            ? new Fields(Family.IOT_DATA, Reply.object())
            : new RestProtocol(found.operation().family()).read(body);
    return new Asked(found.operation(), input, found.path(), query);
  }

  /** What the caller named, short and without control characters, to be said back. */
  private static String printable(String text) {
    String shown = text.length() > 100 ? text.substring(0, 100) + "..." : text;
    return shown.replaceAll("[^\\x20-\\x7E]", "?");
  }

  private static String sourceIp(ServiceRequestContext ctx) {
    return ctx.clientAddress().getHostAddress(); // behind our own MQTT port, as that one says
  }

  private String baseUrl(ServiceRequestContext ctx, RequestHead head) {
    if (publicUrl != null) {
      return publicUrl;
    }
    String host = head.header("host");
    return (ctx.sessionProtocol().isTls() ? "https://" : "http://")
        + (host == null ? "localhost" : host);
  }

  private HttpResponse answer(
      Progress progress, @Nullable Reply reply, @Nullable Throwable thrown) {
    active.decrementAndGet();
    ApiError error = null;
    if (thrown != null || reply == null) {
      error =
          Failures.translate(
              thrown == null ? new IllegalStateException("no reply") : thrown,
              progress.protocol.family(),
              progress.operation,
              progress.requestId);
    }
    Timer.builder("sluice.api.requests")
        .description("Requests by operation and outcome")
        .tag("service", progress.protocol.family().name().toLowerCase(Locale.ROOT))
        .tag("operation", progress.operation)
        .tag("outcome", error == null ? "Success" : error.name())
        .serviceLevelObjectives(BUCKETS)
        .register(meters)
        .record(System.nanoTime() - progress.startNanos, TimeUnit.NANOSECONDS);
    return error == null && reply != null
        ? progress.protocol.success(progress.operation, reply, progress.requestId)
        : progress.protocol.failure(
            error == null ? progress.protocol.family().internal(progress.requestId) : error,
            progress.requestId);
  }
}
