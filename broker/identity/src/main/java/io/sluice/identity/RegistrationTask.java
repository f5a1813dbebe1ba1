package io.sluice.identity;

import org.jspecify.annotations.Nullable;

/**
 * Things that are to be registered by one template, one for each line of a file.
 *
 * @param inputBucket a folder of the deliveries, or an http or https address
 * @param inputKey the file in it
 * @param message why it failed; null otherwise
 * @param lines of the file, once they are counted; 0 before
 * @param succeeded lines that were done well
 * @param failed lines that were not; why is in the report
 */
public record RegistrationTask(
    String id,
    String templateBody,
    String inputBucket,
    String inputKey,
    @Nullable String roleArn,
    Status status,
    @Nullable String message,
    long lines,
    long succeeded,
    long failed,
    long createdMillis,
    long modifiedMillis) {

  /** How far it is; the words of the AWS IoT API are {@link #word}. */
  public enum Status {
    IN_PROGRESS("InProgress"),
    COMPLETED("Completed"),
    FAILED("Failed"),
    CANCELLED("Cancelled");

    private final String word;

    Status(String word) {
      this.word = word;
    }

    public String word() {
      return word;
    }
  }

  /** Of the lines, in whole percent. */
  public int percentage() {
    if (status == Status.COMPLETED) {
      return 100;
    }
    return lines == 0 ? 0 : (int) ((succeeded + failed) * 100 / lines);
  }

  RegistrationTask counted(long all) {
    return new RegistrationTask(
        id,
        templateBody,
        inputBucket,
        inputKey,
        roleArn,
        status,
        message,
        all,
        succeeded,
        failed,
        createdMillis,
        modifiedMillis);
  }

  RegistrationTask after(long moreSucceeded, long moreFailed, long now) {
    return new RegistrationTask(
        id,
        templateBody,
        inputBucket,
        inputKey,
        roleArn,
        status,
        message,
        lines,
        succeeded + moreSucceeded,
        failed + moreFailed,
        createdMillis,
        now);
  }

  RegistrationTask ended(Status end, @Nullable String because, long now) {
    return new RegistrationTask(
        id,
        templateBody,
        inputBucket,
        inputKey,
        roleArn,
        end,
        because,
        lines,
        succeeded,
        failed,
        createdMillis,
        now);
  }
}
