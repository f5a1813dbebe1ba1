package io.sluice.sql;

import java.util.ArrayList;
import java.util.List;

/** The values of all expressions of one evaluation, inner before outer. */
final class Trace {
  private static final int NOTES_MAX = 2_000; // a nested query notes once per element

  record Note(Expression expression, Value value) {}

  private final List<Note> notes = new ArrayList<>();

  void note(Expression expression, Value value) {
    if (notes.size() < NOTES_MAX) {
      notes.add(new Note(expression, value));
    }
  }

  List<Note> notes() {
    return notes;
  }
}
