package io.sluice.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where a broker's memory lies, so that a cost per connection means something: the resident set of
 * a JVM alone does not tell, for a heap grows with garbage and keeps what it once took. A JVM is
 * told to collect first (jcmd); its heap is what it says, the rest is read from {@code /proc}
 * (proc(5), smaps) with the heap's range left out. Any other process has one number.
 *
 * @param residentBytes all that is resident
 * @param heap those of a JVM that lets itself be asked; else null
 * @param openFiles sockets among them
 */
record BrokerMemory(long residentBytes, @Nullable Heap heap, int openFiles) {
  private static final Pattern HEAP_RANGE =
      Pattern.compile("\\[0x([0-9a-f]{6,16}), 0x([0-9a-f]{6,16})\\)");
  private static final Pattern HEAP_USED = Pattern.compile("heap .*used (\\d+)K");
  private static final Pattern MAPPING =
      Pattern.compile("^([0-9a-f]{6,16})-([0-9a-f]{6,16}) [rwxps-]{4} .*");

  /**
   * The two parts of a JVM's memory.
   *
   * @param liveBytes in the heap after a collection
   * @param outsideBytes resident outside the heap: direct buffers, TLS, threads, code, store caches
   */
  record Heap(long liveBytes, long outsideBytes) {}

  /** Measures now; a JVM collects its garbage first. May take a second. */
  static BrokerMemory of(long pid) {
    Heap heap = isJvm(pid) ? heap(pid) : null;
    return new BrokerMemory(ProcessCost.of(pid).residentBytes(), heap, openFiles(pid));
  }

  BrokerMemory since(BrokerMemory earlier) {
    Heap now = heap;
    Heap then = earlier.heap;
    Heap grown =
        now == null || then == null
            ? null
            : new Heap(now.liveBytes - then.liveBytes, now.outsideBytes - then.outsideBytes);
    return new BrokerMemory(
        residentBytes - earlier.residentBytes, grown, openFiles - earlier.openFiles);
  }

  /** What is truly used: live heap and all outside of it, or what is resident. */
  long usedBytes() {
    return heap == null ? residentBytes : heap.liveBytes + heap.outsideBytes;
  }

  /** Puts a difference into a report. */
  void describe(ObjectNode into) {
    into.put("brokerResidentBytesGrowth", residentBytes);
    if (heap != null) {
      into.put("brokerLiveHeapBytesGrowth", heap.liveBytes);
      into.put("brokerOutsideHeapBytesGrowth", heap.outsideBytes);
    }
  }

  private static int openFiles(long pid) {
    try (Stream<Path> files = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
      return (int) files.count();
    } catch (IOException notOurs) {
      return 0; // another user's process does not show them
    }
  }

  private static boolean isJvm(long pid) {
    if (pid == ProcessHandle.current().pid()) {
      return false; // a JVM does not attach to itself
    }
    try {
      String maps = Files.readString(Path.of("/proc", Long.toString(pid), "maps"));
      return maps.contains("/libjvm.so");
    } catch (IOException notOurs) {
      return false;
    }
  }

  private static @Nullable Heap heap(long pid) {
    try {
      jcmd(pid, "GC.run");
      jcmd(pid, "GC.run"); // what the first one let cleaners reach
      String info = jcmd(pid, "GC.heap_info");
      Matcher used = HEAP_USED.matcher(info);
      if (!used.find()) {
        return null; // a JVM that refuses, or says it otherwise
      }
      List<String> smaps = Files.readAllLines(Path.of("/proc", Long.toString(pid), "smaps"));
      return new Heap(Long.parseLong(used.group(1)) * 1_024, outsideBytes(smaps, info));
    } catch (IOException noJcmd) {
      return null; // this Java is no JDK, or the process is another user's
    }
  }

  private static String jcmd(long pid, String command) throws IOException {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    Process process =
        new ProcessBuilder(jcmd.toString(), Long.toString(pid), command)
            .redirectErrorStream(true)
            .start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  /**
   * Resident bytes of all mappings outside of the heap.
   *
   * @param heapInfo as {@code jcmd GC.heap_info} prints it; the reserved range is in brackets
   */
  static long outsideBytes(List<String> smaps, String heapInfo) {
    Matcher range = HEAP_RANGE.matcher(heapInfo);
    long from = 0;
    long to = 0;
    if (range.find()) {
      from = Long.parseUnsignedLong(range.group(1), 16);
      to = Long.parseUnsignedLong(range.group(2), 16);
    }
    boolean inHeap = false;
    long bytes = 0;
    for (String line : smaps) {
      Matcher mapping = MAPPING.matcher(line);
      if (mapping.matches()) {
        long start = Long.parseUnsignedLong(mapping.group(1), 16);
        inHeap = start >= from && start < to;
      } else if (line.startsWith("Rss:") && !inHeap) {
        bytes += Long.parseLong(line.replaceAll("[^0-9]", "")) * 1_024;
      }
    }
    return bytes;
  }
}
