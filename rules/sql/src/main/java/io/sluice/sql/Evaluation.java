package io.sluice.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What became of one message in one rule. Closed. */
public sealed interface Evaluation {
  /** What the rule's actions get, one after the other; nothing when it did not fire. */
  default List<Fired> outputs() {
    return this instanceof Many many
        ? many.messages()
        : this instanceof Fired fired ? List.of(fired) : List.of();
  }

  /** WHERE was not true: no action runs. */
  record NotMatched() implements Evaluation {
    static final NotMatched INSTANCE = new NotMatched();
  }

  /** The rule fires: its actions get the output. */
  sealed interface Fired extends Evaluation permits Json, Empty, Bytes {
    /** What actions that take bytes send. */
    byte[] bytes();

    /** For the templates of the rule's actions. */
    Variables variables();
  }

  /** The output is a JSON value. */
  final class Json implements Fired {
    private final Value value;
    private final Variables variables;
    private byte[] bytes = new byte[0];

    Json(Value value, Variables variables) {
      this.value = value;
      this.variables = variables;
    }

    /** Compact JSON as UTF-8, written once; nobody changes it. */
    @Override
    public byte[] bytes() {
      if (bytes.length == 0) {
        JsonOut out = new JsonOut(128);
        value.writeTo(out);
        bytes = out.toBytes();
      }
      return bytes;
    }

    /**
     * The elements of an array as JSON each, for actions in batch mode; empty when the output is no
     * array.
     */
    public Optional<List<byte[]>> elements() {
      if (!(value instanceof Value.Arr array)) {
        return Optional.empty();
      }
      List<byte[]> elements = new ArrayList<>(array.size());
      for (int i = 0; i < array.size(); i++) {
        JsonOut out = new JsonOut(128);
        array.get(i).writeTo(out);
        elements.add(out.toBytes());
      }
      return Optional.of(elements);
    }

    @Override
    public Variables variables() {
      return variables;
    }

    /** Never prints the output. */
    @Override
    public String toString() {
      return "Json[" + value.type().label() + "]";
    }
  }

  /** FOREACH made several messages, at least one: the rule's actions run for each. */
  record Many(List<Fired> messages) implements Evaluation {
    public Many {
      messages = List.copyOf(messages);
    }

    /** Those of the statement, with no element. */
    public Variables variables() {
      return messages.get(0).variables().over(Undefined.UNDEFINED);
    }
  }

  /** SELECT VALUE of something that is not there: no bytes. */
  record Empty(Variables variables) implements Fired {
    @Override
    public byte[] bytes() {
      return new byte[0];
    }
  }

  /** {@code SELECT *} of a payload that is not JSON: the payload, unchanged. */
  record Bytes(byte[] bytes, Variables variables) implements Fired {
    @Override
    public String toString() {
      return "Bytes[" + bytes.length + "]";
    }
  }

  /**
   * The statement could not be evaluated over this message: no action runs, also no error action.
   */
  record Failed(Code code, String reason) implements Evaluation {
    /** Why, for programs. */
    public enum Code {
      /** A function that asks somebody else got no answer. */
      LOOKUP_FAILED,
      /** The payload is nested too deep. */
      PAYLOAD_TOO_DEEP,
      /** The evaluation or a value grew beyond its bound. */
      TOO_LARGE
    }
  }
}
