package io.sluice.gateway;

import io.sluice.api.AccessKey;
import io.sluice.api.UpgradeSignatures;
import io.sluice.credentials.Proof;
import io.sluice.identity.Bearer;
import io.sluice.identity.Grant;
import io.sluice.store.Clock;
import io.sluice.transport.Applicant;
import io.sluice.transport.HttpUpgrade;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The way in by Signature Version 4 over WebSocket. A key's role decides: {@code admin} may do
 * everything, {@code read-only} may connect, subscribe and receive. A connection lasts a day at
 * most (AWS IoT Core endpoints and quotas, "WebSocket connection duration"). Any thread; from
 * memory.
 */
record SignedUpgrades(UpgradeSignatures signatures, Clock clock) implements WayIn.Desk {
  private static final long LASTS_MILLIS = TimeUnit.DAYS.toMillis(1);
  private static final Grant ADMIN =
      grant("{\"Effect\":\"Allow\",\"Action\":\"iot:*\",\"Resource\":\"*\"}");
  private static final Grant READ_ONLY =
      grant(
          "{\"Effect\":\"Allow\",\"Action\":[\"iot:Connect\",\"iot:Subscribe\",\"iot:Receive\"],\"Resource\":\"*\"}");

  private static Grant grant(String statement) {
    return new Grant(
        List.of(),
        List.of(
            Grant.Inline.of(
                "role of the access key",
                "{\"Version\":\"2012-10-17\",\"Statement\":%s}".formatted(statement))),
        Map.of());
  }

  /** What speaks against answering the request; null when it is signed well, or not at all. */
  UpgradeSignatures.@Nullable Unsigned refusal(HttpUpgrade upgrade) {
    return UpgradeSignatures.isSigned(upgrade.query(), upgrade.headers())
            && check(upgrade) instanceof UpgradeSignatures.Unsigned unsigned
        ? unsigned
        : null;
  }

  private UpgradeSignatures.Outcome check(HttpUpgrade upgrade) {
    return signatures.check(upgrade.path(), upgrade.query(), upgrade.headers());
  }

  @Override
  public @Nullable CompletableFuture<Proof> prove(Applicant applicant) {
    HttpUpgrade upgrade = applicant.upgrade();
    if (upgrade == null || !UpgradeSignatures.isSigned(upgrade.query(), upgrade.headers())) {
      return null;
    }
    UpgradeSignatures.Outcome outcome =
        check(upgrade); // checked once already, before it was opened
    if (outcome instanceof UpgradeSignatures.Unsigned unsigned) {
      return CompletableFuture.completedFuture(
          new Proof.Failed(Proof.Cause.WRONG, unsigned.word(), unsigned.sentence()));
    }
    AccessKey key = ((UpgradeSignatures.Signed) outcome).key();
    return CompletableFuture.completedFuture(
        new Proof.Proven(
            new KeyHolder(key.id(), key.role() == AccessKey.Role.ADMIN ? ADMIN : READ_ONLY),
            "access key '%s'".formatted(key.id()),
            clock.millis() + LASTS_MILLIS));
  }

  private record KeyHolder(String principal, Grant grant) implements Bearer {
    @Override
    public int version() {
      return 0; // keys change with a restart only
    }
  }
}
