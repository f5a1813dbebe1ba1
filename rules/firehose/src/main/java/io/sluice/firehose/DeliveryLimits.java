package io.sluice.firehose;

/**
 * What is refused, and from where on.
 *
 * @param streamsPerPartitionMax how many delivery streams one partition keeps
 * @param recordBytesMax of one record
 * @param batchBytesMax of one PutRecordBatch
 * @param bufferedBytesMax what one delivery stream holds while its target is slow or refuses; more
 *     is refused with ServiceUnavailableException, nothing is dropped
 * @param waitingObjectsMax objects that wait for the target; at this number the buffer is no longer
 *     cut by its hints and the next objects get larger
 */
public record DeliveryLimits(
    int streamsPerPartitionMax,
    int recordBytesMax,
    int batchBytesMax,
    long bufferedBytesMax,
    int waitingObjectsMax) {

  public static DeliveryLimits standard() {
    return new DeliveryLimits(1_000, 1_024_000, 4 << 20, 1L << 30, 16);
  }
}
