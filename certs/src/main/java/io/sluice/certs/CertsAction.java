package io.sluice.certs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What all subcommands share: text for people or JSON for programs, and errors as exit code 1. */
abstract class CertsAction implements Callable<Integer> {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  @Spec private CommandSpec spec = CommandSpec.create(); // picocli puts the real one here

  @Option(names = "--json", description = "Answer in JSON.")
  private boolean json;

  /** The same answer twice: for people, and for programs. */
  record Answer(String text, ObjectNode json) {}

  /** Does the work; refuses by {@link CertsRefused}. */
  abstract Answer run();

  @Override
  public final Integer call() {
    try {
      Answer answer = run();
      out().println(json ? write(answer.json()) : answer.text());
      return 0;
    } catch (CertsRefused refused) {
      ObjectNode error = object();
      error.put("error", refused.reason().name()).put("message", refused.getMessage());
      err().println(json ? write(error) : commandName() + ": " + refused.getMessage());
      return 1;
    } finally {
      out().flush();
      err().flush();
    }
  }

  private static String write(ObjectNode node) {
    try {
      return JSON.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of text and numbers is always JSON", e);
    }
  }

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  final boolean isJson() {
    return json;
  }

  final PrintWriter out() {
    return spec.commandLine().getOut();
  }

  final PrintWriter err() {
    return spec.commandLine().getErr();
  }

  /** As the user typed it: {@code sluice certs init}. */
  final String commandName() {
    return spec.qualifiedName(" ");
  }

  /** A sibling of this command as the user would type it. */
  final String sibling(String rest) {
    CommandSpec parent = spec.parent();
    return (parent == null ? "certs" : parent.qualifiedName(" ")) + " " + rest;
  }
}
