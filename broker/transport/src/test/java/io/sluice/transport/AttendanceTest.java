package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AttendanceTest {
  private final Attendance attendance = new Attendance();
  private volatile String last = "";

  AttendanceTest() {
    attendance.tell(
        new PresenceListener() {
          @Override
          public void connected(String clientId) {
            last = "connected";
          }

          @Override
          public void disconnected(String clientId, String reason) {
            last = reason;
          }
        });
  }

  private void leaves(int version) {
    attendance.left("pump", version, Duration.ZERO, "CONNECTION_LOST");
  }

  @Test
  void connectionsOfAClientAreNumberedAlsoAfterItWasAway() {
    assertThat(attendance.came("pump")).isZero();
    leaves(0);
    assertThat(attendance.came("pump")).isEqualTo(1);
    assertThat(attendance.came("other")).isZero();
  }

  @Test
  void whoHasALaterConnectionHasNotLeft() {
    attendance.came("pump");
    attendance.came("pump");
    leaves(0);
    assertThat(last).isEqualTo("connected");
    leaves(1);
    assertThat(last).isEqualTo("CONNECTION_LOST");
    leaves(1);
    assertThat(attendance.came("pump")).isEqualTo(2);
  }

  @Test
  void whoComesWhileItsLastConnectionEndsIsThereAndHasTheNextNumber() throws Exception {
    CyclicBarrier together = new CyclicBarrier(2);
    int version = attendance.came("pump");
    for (int round = 0; round < 1_000; round++) {
      int ending = version;
      CompletableFuture<Void> end =
          CompletableFuture.runAsync(
              () -> {
                try {
                  together.await(20, TimeUnit.SECONDS);
                } catch (Exception broken) {
                  throw new AssertionError(broken);
                }
                leaves(ending);
              });
      together.await(20, TimeUnit.SECONDS);
      version = attendance.came("pump");
      end.get(20, TimeUnit.SECONDS);
      assertThat(version).isEqualTo(ending + 1);
      assertThat(last).isEqualTo("connected");
    }
  }
}
