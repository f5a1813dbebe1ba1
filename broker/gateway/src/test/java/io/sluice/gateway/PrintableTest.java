package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrintableTest {
  @Test
  void whatWouldMoveTheCursorOrTurnTheDirectionIsAQuestionMark() {
    assertThat(Printable.of("a\u001b[2Jb\nc\u0085d\u202ee")).isEqualTo("a?[2Jb?c?d?e");
    assertThat(Printable.of("pump/ñ/温度/🌡")).isEqualTo("pump/ñ/温度/🌡");
  }
}
