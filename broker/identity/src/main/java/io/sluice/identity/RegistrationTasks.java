package io.sluice.identity;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Turn;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Registers things in bulk: by one template, with the parameters that each line of a file gives as
 * a JSON object. A task survives restarts and goes on behind the last batch that was counted; lines
 * of a batch that was under way are done again, which changes nothing but may be reported as an
 * error where a line registers a certificate. Tasks are worked off one after the other, on one
 * thread that may block. Source: AWS IoT Developer Guide, "Bulk registration".
 */
public final class RegistrationTasks implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RegistrationTasks.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int TASKS_MAX = 1_000;
  private static final int BATCH = 64;
  private static final int INPUT_BYTES_MAX = 256 << 20;
  private static final int LINE_MAX = 64 << 10;
  private static final Duration FETCH_TIMEOUT = Duration.ofSeconds(60);

  record Put(RegistrationTask task) implements Request<RegistrationTask> {}

  record Stop(String id) implements Request<RegistrationTask> {}

  /** What came of the lines of a batch, as it is reported. */
  private record Done(List<String> results, List<String> errors) {}

  private final Partitions partitions;
  private final Provisioner provisioner;
  private final Outgoing outgoing;
  private final Path inputs;
  private final Path reports;
  private final ExecutorService executor;
  private final ConcurrentSkipListMap<String, RegistrationTask> tasks;
  private volatile boolean closed;

  /**
   * Goes on with what an earlier life began.
   *
   * @param inputs the folder whose folders stand for buckets
   * @param reports the folder for what came of each line
   * @param executor of one thread
   */
  public RegistrationTasks(
      Registry registry,
      Provisioner provisioner,
      Outgoing outgoing,
      Path inputs,
      Path reports,
      ExecutorService executor) {
    this.partitions = registry.partitions();
    this.provisioner = provisioner;
    this.outgoing = outgoing;
    this.inputs = inputs.toAbsolutePath().normalize();
    this.reports = reports.toAbsolutePath().normalize();
    this.executor = executor;
    this.tasks = registry.registrationTasks();
    tasks.values().stream()
        .filter(task -> task.status() == RegistrationTask.Status.IN_PROGRESS)
        .forEach(task -> begin(task.id()));
  }

  /** Registers the handlers of the rows; before the partitions start. */
  static void register(
      Partitions partitions, ConcurrentSkipListMap<String, RegistrationTask> tasks) {
    partitions.register(Put.class, (turn, request) -> put(turn, request.task(), tasks));
    partitions.register(
        Stop.class,
        (turn, request) -> {
          RegistrationTask task = existing(tasks, request.id());
          if (task.status() != RegistrationTask.Status.IN_PROGRESS) {
            throw RegistryRefused.invalid(
                "registration task %s is %s, and cannot be stopped any more"
                    .formatted(task.id(), task.status().word()));
          }
          return put(turn, task.ended(RegistrationTask.Status.CANCELLED, null, turn.now()), tasks);
        });
  }

  private static RegistrationTask put(
      Turn turn, RegistrationTask given, ConcurrentSkipListMap<String, RegistrationTask> tasks) {
    RegistrationTask before = tasks.get(given.id());
    if (before == null && tasks.size() >= TASKS_MAX) {
      String oldest =
          tasks.values().stream()
              .filter(task -> task.status() != RegistrationTask.Status.IN_PROGRESS)
              .min(java.util.Comparator.comparingLong(RegistrationTask::createdMillis))
              .map(RegistrationTask::id)
              .orElseThrow(
                  () ->
                      new RegistryRefused(
                          RegistryError.LIMIT_EXCEEDED,
                          "%d registration tasks are under way, as many as may be; stop some"
                              .formatted(TASKS_MAX)));
      RegistryRows.delete(turn, RegistryRows.Kind.REGISTRATION_TASK, oldest);
      tasks.remove(oldest);
    }
    if (before != null && before.status() != RegistrationTask.Status.IN_PROGRESS) {
      return before; // it was stopped meanwhile
    }
    RegistrationTask task = before == null ? given.after(0, 0, turn.now()) : given;
    RegistryRows.put(turn, RegistryRows.Kind.REGISTRATION_TASK, task, task.id());
    tasks.put(task.id(), task);
    return task;
  }

  private static RegistrationTask existing(
      ConcurrentSkipListMap<String, RegistrationTask> tasks, String id) {
    RegistrationTask task = tasks.get(id);
    if (task == null) {
      throw RegistryRefused.notFound(
          "there is no registration task '%s'".formatted(Names.shown(id)));
    }
    return task;
  }

  /**
   * Starts a task; what the template or the place of the file refuses is refused at once.
   *
   * @param bucket a folder of the deliveries, or an http or https address
   */
  public CompletableFuture<RegistrationTask> start(
      String templateBody, String bucket, String key, @Nullable String roleArn) {
    try {
      TemplateDocument.parse(templateBody);
      if (!Outgoing.isUrl(bucket)) {
        Path file = file(bucket, key);
        if (!Files.isReadable(file)) {
          throw RegistryRefused.invalid(
              "there is no file %s; put it there, one JSON object of parameters on each line"
                  .formatted(file));
        }
      }
    } catch (RegistryRefused refused) {
      return CompletableFuture.failedFuture(refused);
    }
    long now = partitions.clock().millis();
    RegistrationTask task =
        new RegistrationTask(
            UUID.randomUUID().toString(),
            templateBody,
            bucket,
            key,
            roleArn,
            RegistrationTask.Status.IN_PROGRESS,
            null,
            0,
            0,
            0,
            now,
            now);
    return partitions
        .ask(RegistryRows.KEY, new Put(task))
        .thenApply(
            started -> {
              begin(started.id());
              return started;
            });
  }

  /** Stops a task; what was registered stays. */
  public CompletableFuture<RegistrationTask> stop(String id) {
    return partitions.ask(RegistryRows.KEY, new Stop(id));
  }

  /**
   * A task.
   *
   * @throws RegistryRefused when there is none
   */
  public RegistrationTask get(String id) {
    return existing(tasks, id);
  }

  /** Tasks in the order of their ids, those after {@code id}; all with {@code ""}. */
  public Stream<RegistrationTask> after(String id) {
    return tasks.tailMap(id, false).values().stream();
  }

  /** What came of a task's lines: of those that were done, or of those that were not. */
  public Path report(String id, boolean errors) {
    return reports.resolve(existing(tasks, id).id()).resolve(errors ? "errors" : "results");
  }

  private Path file(String bucket, String key) {
    try {
      Path file = inputs.resolve(bucket).resolve(key).normalize();
      if (file.startsWith(inputs) && !file.equals(inputs)) {
        return file;
      }
    } catch (InvalidPathException notOne) {
      // refused below
    }
    throw RegistryRefused.invalid(
        "'%s' in '%s' is no place of a file; name a folder below %s and a file in it, or an http or https address"
            .formatted(Names.shown(key), Names.shown(bucket), inputs));
  }

  private void begin(String id) {
    try {
      executor.execute(() -> work(id));
    } catch (RejectedExecutionException stopping) {
      LOG.info("registration task {} goes on after the next start", id);
    }
  }

  private void work(String id) {
    try {
      run(existing(tasks, id));
    } catch (RegistryRefused | IOException | Outgoing.Unanswered refused) {
      end(id, RegistrationTask.Status.FAILED, refused.getMessage());
    } catch (RuntimeException failed) { // the border: one task
      if (!closed) {
        LOG.error("registration task {} failed", id, failed);
        end(id, RegistrationTask.Status.FAILED, "the gateway failed; its log says why");
      }
    }
  }

  private void end(String id, RegistrationTask.Status status, @Nullable String message) {
    RegistrationTask task = existing(tasks, id);
    partitions
        .ask(RegistryRows.KEY, new Put(task.ended(status, message, partitions.clock().millis())))
        .join();
  }

  private void run(RegistrationTask begun) throws IOException {
    RegistrationTask task = begun;
    if (task.lines() == 0) {
      try (BufferedReader lines = open(task)) {
        long all = lines.lines().filter(line -> !line.isBlank()).count();
        task = partitions.ask(RegistryRows.KEY, new Put(task.counted(all))).join();
      }
    }
    Files.createDirectories(reports.resolve(task.id()));
    try (BufferedReader lines = open(task)) {
      long skip = task.succeeded() + task.failed();
      List<Line> batch = new ArrayList<>();
      long number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (line.isBlank() || skip-- > 0) {
          continue;
        }
        batch.add(new Line(number, line));
        if (batch.size() == BATCH) {
          task = finish(task, batch);
          batch.clear();
          if (closed || task.status() != RegistrationTask.Status.IN_PROGRESS) {
            return;
          }
        }
      }
      task = finish(task, batch);
    }
    end(task.id(), RegistrationTask.Status.COMPLETED, null);
  }

  private BufferedReader open(RegistrationTask task) throws IOException {
    InputStream in;
    if (Outgoing.isUrl(task.inputBucket())) {
      String bucket = task.inputBucket();
      URI address = URI.create(bucket + (bucket.endsWith("/") ? "" : "/") + task.inputKey());
      try {
        in = new ByteArrayInputStream(outgoing.get(address, FETCH_TIMEOUT, INPUT_BYTES_MAX).join());
      } catch (CompletionException unanswered) {
        throw new IOException(
            unanswered.getCause() == null
                ? unanswered.getMessage()
                : unanswered.getCause().getMessage(),
            unanswered);
      }
    } else {
      in = Files.newInputStream(file(task.inputBucket(), task.inputKey()));
    }
    return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
  }

  /**
   * A line of a file.
   *
   * @param number as an editor counts, from 1 and with the blank ones, which are passed over
   */
  private record Line(long number, String text) {}

  /** Does some lines, reports them, then counts them. */
  private RegistrationTask finish(RegistrationTask task, List<Line> batch) throws IOException {
    if (batch.isEmpty()) {
      return task;
    }
    List<CompletableFuture<ObjectNode>> under = new ArrayList<>();
    for (Line line : batch) {
      under.add(provision(task, line.text()));
    }
    Done done = new Done(new ArrayList<>(), new ArrayList<>());
    for (int i = 0; i < under.size(); i++) {
      ObjectNode told = under.get(i).join();
      told.put("lineNumber", batch.get(i).number());
      (told.has("errorMessage") ? done.errors() : done.results()).add(told.toString());
    }
    append(task.id(), "results", done.results());
    append(task.id(), "errors", done.errors());
    RegistrationTask current = existing(tasks, task.id());
    return partitions
        .ask(
            RegistryRows.KEY,
            new Put(
                current.after(
                    done.results().size(), done.errors().size(), partitions.clock().millis())))
        .join();
  }

  private void append(String id, String report, List<String> lines) throws IOException {
    if (!lines.isEmpty()) {
      Files.write(
          reports.resolve(id).resolve(report),
          lines,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    }
  }

  private CompletableFuture<ObjectNode> provision(RegistrationTask task, String line) {
    CompletableFuture<Provisioner.Provisioned> made;
    try {
      made = provisioner.registerThing(task.templateBody(), parameters(line));
    } catch (RegistryRefused refused) {
      made = CompletableFuture.failedFuture(refused);
    }
    return made.handle(
        (thing, failure) -> {
          ObjectNode told = JSON.createObjectNode();
          if (thing == null) {
            Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null
                    ? failure.getCause()
                    : failure;
            if (!(cause instanceof RegistryRefused)) {
              LOG.error("a line of registration task {} failed", task.id(), cause);
            }
            return told.put(
                "errorMessage",
                cause instanceof RegistryRefused
                    ? cause.getMessage()
                    : "the gateway failed; its log says why");
          }
          told.put("thingName", thing.thingName());
          if (thing.certificatePem() != null) {
            told.put("certificatePem", thing.certificatePem());
          }
          ObjectNode arns = told.putObject("resourceArns");
          thing.resourceArns().forEach(arns::put);
          return told;
        });
  }

  private static Map<String, String> parameters(String line) {
    if (line.length() > LINE_MAX) {
      throw RegistryRefused.invalid(
          "the line has %d characters, at most %d may be".formatted(line.length(), LINE_MAX));
    }
    JsonNode node;
    try {
      node = JSON.readTree(line);
    } catch (JsonProcessingException notJson) {
      throw RegistryRefused.invalid("the line is no JSON object of parameters");
    }
    if (!node.isObject()) {
      throw RegistryRefused.invalid("the line is no JSON object of parameters");
    }
    Map<String, String> parameters = new HashMap<>();
    for (Map.Entry<String, JsonNode> parameter : node.properties()) {
      if (!parameter.getValue().isTextual()) {
        throw RegistryRefused.invalid(
            "parameter '%s' is no text".formatted(Names.shown(parameter.getKey())));
      }
      parameters.put(parameter.getKey(), parameter.getValue().asText());
    }
    return parameters;
  }

  @Override
  public void close() {
    closed = true;
    executor.shutdown();
  }
}
