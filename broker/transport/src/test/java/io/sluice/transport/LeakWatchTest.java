package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBufAllocator;
import org.junit.jupiter.api.Test;

/** The watch itself: without it, "no leaks" could mean "nobody looked". */
class LeakWatchTest {

  @Test
  void aBufferThatNobodyReleasesIsFound() {
    LeakWatch.install();
    ByteBufAllocator.DEFAULT.directBuffer(16).writeByte(1); // dropped on purpose

    await().until(LeakWatch::find);
    assertThat(LeakWatch.forget()).isPositive();
  }
}
