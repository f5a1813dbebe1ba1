package io.sluice.sim;

import io.sluice.sim.SimExit.WrongUsage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a process has used so far, from {@code /proc} (Linux; proc(5)).
 *
 * @param cpuMicros user and system time of all its threads; counted in ticks of 10 ms
 * @param residentBytes memory it occupies now
 */
record ProcessCost(long cpuMicros, long residentBytes) {
  /** USER_HZ, in which the kernel tells times to user space: 100 on every Linux that runs Java. */
  private static final long TICK_MICROS = 10_000;

  private static final int UTIME = 11; // the 14th field of stat; the 3rd is the first after ')'
  private static final int STIME = 12;

  static ProcessCost of(long pid) {
    Path proc = Path.of("/proc", Long.toString(pid));
    try {
      return parse(
          Files.readString(proc.resolve("stat")), Files.readString(proc.resolve("status")));
    } catch (IOException | IndexOutOfBoundsException | NumberFormatException e) {
      throw new WrongUsage(
          "no readable process %d in /proc; give --broker-pid the identifier of a running process on this machine"
              .formatted(pid));
    }
  }

  static ProcessCost ofThisProcess() {
    return of(ProcessHandle.current().pid());
  }

  static ProcessCost parse(String stat, String status) {
    String[] fields =
        stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1); // the name may hold ')'
    long ticks = Long.parseLong(fields[UTIME]) + Long.parseLong(fields[STIME]);
    long kilobytes =
        status
            .lines()
            .filter(line -> line.startsWith("VmRSS:"))
            .map(line -> line.replaceAll("[^0-9]", ""))
            .mapToLong(Long::parseLong)
            .findFirst()
            .orElse(0); // a process that is ending
    return new ProcessCost(ticks * TICK_MICROS, kilobytes * 1_024);
  }

  /** What was used between two readings; resident memory may have shrunk. */
  ProcessCost since(ProcessCost earlier) {
    return new ProcessCost(cpuMicros - earlier.cpuMicros, residentBytes - earlier.residentBytes);
  }
}
