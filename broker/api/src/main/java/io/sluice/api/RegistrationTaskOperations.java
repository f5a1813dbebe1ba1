package io.sluice.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.identity.RegistrationTask;
import io.sluice.identity.RegistrationTasks;
import java.util.concurrent.CompletableFuture;

/** Registering things in bulk. Source: AWS IoT API Reference, "StartThingRegistrationTask". */
final class RegistrationTaskOperations {
  private static final Family FAMILY = Family.IOT;
  private static final String TASK = "/thing-registration-tasks/{task}";

  private final RegistrationTasks tasks;

  RegistrationTaskOperations(RegistrationTasks tasks) {
    this.tasks = tasks;
  }

  void addTo(Operations operations) {
    operations
        .control()
        .add(
            "POST",
            "/thing-registration-tasks",
            Operation.write(FAMILY, "StartThingRegistrationTask", this::start))
        .add(
            "GET",
            "/thing-registration-tasks",
            Operation.read(FAMILY, "ListThingRegistrationTasks", this::list))
        .add("GET", TASK, Operation.read(FAMILY, "DescribeThingRegistrationTask", this::describe))
        .add(
            "PUT",
            TASK + "/cancel",
            Operation.write(
                FAMILY,
                "StopThingRegistrationTask",
                call -> tasks.stop(call.pathVariable("task")).thenApply(any -> Reply.EMPTY)))
        .add(
            "GET",
            TASK + "/reports",
            Operation.read(FAMILY, "ListThingRegistrationTaskReports", this::reports));
  }

  private CompletableFuture<Reply> start(Call call) {
    Fields input = call.input();
    return tasks
        .start(
            input.text("templateBody"),
            input.text("inputFileBucket"),
            input.text("inputFileKey"),
            input.textOrNull("roleArn"))
        .thenApply(task -> Reply.of(Reply.object().put("taskId", task.id())));
  }

  private CompletableFuture<Reply> list(Call call) {
    String status = call.parameter("status");
    return Paging.page(
        call,
        tasks
            .after(Paging.after(call))
            .filter(task -> status == null || status.equals(task.status().word())),
        RegistrationTask::id,
        "taskIds",
        (list, task) -> list.add(task.id()));
  }

  private CompletableFuture<Reply> describe(Call call) {
    RegistrationTask task = tasks.get(call.pathVariable("task"));
    ObjectNode reply =
        Reply.object()
            .put("taskId", task.id())
            .put("templateBody", task.templateBody())
            .put("inputFileBucket", task.inputBucket())
            .put("inputFileKey", task.inputKey())
            .put("status", task.status().word())
            .put("successCount", task.succeeded())
            .put("failureCount", task.failed())
            .put("percentageProgress", task.percentage());
    if (task.roleArn() != null) {
      reply.put("roleArn", task.roleArn());
    }
    if (task.message() != null) {
      reply.put("message", task.message());
    }
    reply.set("creationDate", WireFormat.timestamp(task.createdMillis()));
    reply.set("lastModifiedDate", WireFormat.timestamp(task.modifiedMillis()));
    return CompletableFuture.completedFuture(Reply.of(reply));
  }

  private CompletableFuture<Reply> reports(Call call) {
    String type = call.parameter("reportType");
    if (!"ERRORS".equals(type) && !"RESULTS".equals(type)) {
      throw FAMILY.invalid("reportType '%s' is unknown; use ERRORS or RESULTS".formatted(type));
    }
    RegistrationTask task = tasks.get(call.pathVariable("task"));
    PageToken.requireNone(call);
    boolean errors = "ERRORS".equals(type);
    ObjectNode reply = Reply.object().put("reportType", type);
    ArrayNode links = reply.putArray("resourceLinks");
    if ((errors ? task.failed() : task.succeeded()) > 0) {
      links.add(tasks.report(task.id(), errors).toUri().toString());
    }
    return CompletableFuture.completedFuture(Reply.of(reply));
  }
}
