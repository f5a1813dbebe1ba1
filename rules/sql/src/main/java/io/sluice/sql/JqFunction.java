package io.sluice.sql;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.thisptr.jackson.jq.BuiltinFunctionLoader;
import net.thisptr.jackson.jq.Expression;
import net.thisptr.jackson.jq.Function;
import net.thisptr.jackson.jq.JsonQuery;
import net.thisptr.jackson.jq.Scope;
import net.thisptr.jackson.jq.Versions;
import net.thisptr.jackson.jq.exception.JsonQueryException;
import org.jspecify.annotations.Nullable;

/**
 * {@code jq(program, value)} of version sluice-1, by jackson-jq: an Array of all that the program
 * gives. The program is a constant, compiled with the rule. When it fails the result is Undefined;
 * what it may cost is metered ({@link JqMeter}). It computes in doubles, as jq does; numbers that
 * only pass through keep their digits.
 */
final class JqFunction {
  private static final int PROGRAM_MAX = 4_000;
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  /** Regular expressions that may take for ever, the process's own affairs, and the clock. */
  private static final Set<String> LEFT_OUT =
      Set.of(
          "_match_impl",
          "_sub_impl",
          "test",
          "match",
          "capture",
          "scan",
          "splits",
          "sub",
          "gsub",
          "env",
          "now",
          "localtime",
          "input",
          "inputs",
          "debug",
          "stderr",
          "input_line_number",
          "builtins",
          "setpath",
          "join",
          "get_search_list",
          "input_filename",
          "$__loc__",
          "halt",
          "halt_error");

  private static final Scope ROOT = root();

  private JqFunction() {}

  private static Scope root() {
    Scope scope = Scope.newEmptyScope();
    JqMeter meter = new JqMeter(false);
    for (Map.Entry<String, Function> builtin :
        BuiltinFunctionLoader.getInstance().listFunctions(Versions.JQ_1_6, scope).entrySet()) {
      String name = builtin.getKey().replaceAll("/.*", "");
      if (!LEFT_OUT.contains(name) && !builtin.getKey().equals("split/2")) {
        meter.into(builtin.getValue());
        scope.addFunction(builtin.getKey(), builtin.getValue());
      }
    }
    scope.addFunction("join/1", JqFunction::join);
    return scope;
  }

  /** Pays for its text before it is made. */
  private static void join(
      Scope scope,
      List<Expression> args,
      JsonNode in,
      net.thisptr.jackson.jq.path.Path path,
      net.thisptr.jackson.jq.PathOutput output,
      net.thisptr.jackson.jq.Version version)
      throws JsonQueryException {
    args.get(0)
        .apply(
            scope,
            in,
            separator -> {
              StringBuilder joined = new StringBuilder();
              boolean first = true;
              for (JsonNode element : in) {
                String text = element.isNull() ? "" : element.asText();
                Frame frame = JqMeter.PAYING.get();
                if (frame != null) {
                  frame.spend(text.length() + separator.asText().length());
                }
                joined.append(first ? "" : separator.asText()).append(text);
                first = false;
              }
              output.emit(new TextNode(joined.toString()), null);
            });
  }

  static void addTo(Functions.Registry functions) {
    functions.add(new Functions.Function("jq", 2, 2, SqlVersion.SLUICE_1, JqFunction::compile));
  }

  private static Code compile(io.sluice.sql.Expression.Call call, Compiler compiler) {
    String program = Functions.constant(call.arguments().get(0));
    if (program == null || program.length() > PROGRAM_MAX) {
      throw refused(
          call, compiler, "a program of at most " + PROGRAM_MAX + " characters, written here", "");
    }
    JsonQuery query = query(program, call, compiler);
    Code input = compiler.compile(call.arguments().get(1));
    boolean wholeIsInt = compiler.version.has2016();
    return frame -> run(query, input.run(frame), frame, wholeIsInt);
  }

  private static JsonQuery query(
      String program, io.sluice.sql.Expression.Call call, Compiler compiler) {
    try {
      JsonQuery query = JsonQuery.compile(program, Versions.JQ_1_6);
      new JqMeter(true).into(query);
      Scope.newChildScope(ROOT); // so that a rule with a program has the functions ready
      return query;
    } catch (JsonQueryException | JqMeter.NotMetered | StackOverflowError wrong) {
      String reason = String.valueOf(wrong.getMessage()).replaceAll("\\s+", " ");
      throw refused(
          call,
          compiler,
          "a jq program",
          "jq says: " + (reason.length() > 200 ? reason.substring(0, 200) : reason) + ".");
    }
  }

  private static SqlRejected refused(
      io.sluice.sql.Expression.Call call, Compiler compiler, String expected, String advice) {
    return compiler.rejected(
        SqlRejected.Code.ARGUMENT_INVALID, call.arguments().get(0), expected, advice);
  }

  private static Value run(JsonQuery query, Value input, Frame frame, boolean wholeIsInt) {
    if (input.isUndefined() || input instanceof Value.Bytes) {
      return Undefined.UNDEFINED;
    }
    List<Value> outputs = new ArrayList<>();
    @Nullable Frame before = JqMeter.PAYING.get();
    JqMeter.PAYING.set(frame);
    try {
      String json = Conversions.json(input);
      frame.spend(json.length());
      query.apply(
          Scope.newChildScope(ROOT),
          JSON.readTree(json),
          node -> outputs.add(value(node, frame, wholeIsInt)));
    } catch (IOException
        | StackOverflowError failed) { // one bad field is no reason to stop the rule
      return Undefined.UNDEFINED;
    } finally {
      JqMeter.PAYING.set(before);
    }
    return new BuiltArray(outputs);
  }

  private static Value value(JsonNode node, Frame frame, boolean wholeIsInt) {
    if (node.isDouble() && !Double.isFinite(node.doubleValue())) {
      return Null.NULL; // as jq writes it
    }
    try {
      byte[] json = JSON.writeValueAsString(node).getBytes(StandardCharsets.UTF_8);
      frame.spend(json.length);
      return Json.read(json, wholeIsInt);
    } catch (JsonProcessingException | JsonScanner.NotJson noJson) {
      return Null.NULL;
    }
  }
}
