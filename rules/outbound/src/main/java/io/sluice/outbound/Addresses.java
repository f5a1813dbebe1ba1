package io.sluice.outbound;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which addresses actions of rules, and others who ask around, may reach by HTTP. Whoever may write
 * a rule could else look around in the operator's network, or ask a cloud's metadata service for
 * its keys: loopback and private ranges are refused unless the operator lists them. A name is
 * resolved here and the address that was checked is the one that is used, so that no second answer
 * of a name server counts. Immutable; any thread; resolving waits.
 */
public final class Addresses {
  private static final List<Range> RESERVED =
      List.of(
          range("0.0.0.0/8"),
          range("10.0.0.0/8"),
          range("100.64.0.0/10"),
          range("127.0.0.0/8"),
          range("169.254.0.0/16"),
          range("172.16.0.0/12"),
          range("192.0.0.0/24"),
          range("192.168.0.0/16"),
          range("198.18.0.0/15"),
          range("224.0.0.0/3"),
          range("::/127"),
          range("64:ff9b::/96"),
          range("fc00::/7"),
          range("fe80::/10"),
          range("ff00::/8"));

  private static final String SETTING = "outbound-private-ranges";

  private final List<Range> allowed;
  private final String setting;

  private record Range(byte[] address, int bits) {
    boolean contains(byte[] other) {
      if (other.length != address.length) {
        return false;
      }
      for (int bit = 0; bit < bits; bit++) {
        int mask = 0x80 >>> bit % 8;
        if ((address[bit / 8] & mask) != (other[bit / 8] & mask)) {
          return false;
        }
      }
      return true;
    }
  }

  /** A host that may not be reached, or that nobody knows. */
  static final class Unreachable extends Exception {
    private final boolean forGood;

    Unreachable(String message, boolean forGood) {
      super(message, null, false, false);
      this.forGood = forGood;
    }

    /** Whether a later try is in vain. */
    boolean isForGood() {
      return forGood;
    }
  }

  /**
   * @param allowed reserved ranges that may be reached all the same, as {@code 10.0.0.0/8}; by
   *     commas
   * @throws IllegalArgumentException when one is no range; the sentence says which
   */
  public static Addresses allowing(String allowed) {
    List<Range> ranges = new ArrayList<>();
    for (String text : allowed.split(",", -1)) {
      if (!text.isBlank() && !text.strip().equals("none")) {
        ranges.add(range(text.strip()));
      }
    }
    return new Addresses(ranges, SETTING);
  }

  /**
   * All that are reserved, or none of them.
   *
   * @param setting which the operator changes to allow them
   */
  public static Addresses reserved(boolean allowed, String setting) {
    return new Addresses(allowed ? RESERVED : List.of(), setting);
  }

  private Addresses(List<Range> allowed, String setting) {
    this.allowed = List.copyOf(allowed);
    this.setting = setting;
  }

  /** What the operator changes to allow more. */
  String setting() {
    return setting;
  }

  private static Range range(String text) {
    int slash = text.indexOf('/');
    String address = slash < 0 ? text : text.substring(0, slash);
    try {
      if (!address.matches("[0-9a-fA-F:.]+")) {
        throw new NumberFormatException();
      }
      byte[] bytes = InetAddress.getByName(address).getAddress(); // a literal: nobody is asked
      int bits = slash < 0 ? 8 * bytes.length : Integer.parseInt(text.substring(slash + 1));
      if (bits < 0 || bits > 8 * bytes.length) {
        throw new NumberFormatException();
      }
      return new Range(bytes, bits);
    } catch (UnknownHostException | NumberFormatException wrong) {
      throw new IllegalArgumentException(
          "'%s' is no range of addresses; write it as 10.0.0.0/8 or fd00::/8".formatted(text));
    }
  }

  /** An address, and whether it is one of the operator's own ranges. */
  record Checked(InetAddress address, boolean isOwn) {}

  /**
   * The address of a host.
   *
   * @throws Unreachable when it may not be reached, or has none
   */
  Checked check(String host) throws Unreachable {
    InetAddress[] addresses;
    try {
      addresses = InetAddress.getAllByName(host);
    } catch (UnknownHostException unknown) {
      throw new Unreachable("host '%s' has no address".formatted(host), false);
    }
    for (InetAddress address :
        addresses) { // one bad address spoils the host: which is used is luck
      if (!mayReach(address)) {
        throw new Unreachable(
            "host '%s' has the reserved address %s; the operator can allow it with '%s'"
                .formatted(host, address.getHostAddress(), setting),
            true);
      }
    }
    return new Checked(addresses[0], isIn(allowed, addresses[0]));
  }

  private boolean mayReach(InetAddress address) {
    return !isIn(RESERVED, address) || isIn(allowed, address);
  }

  private static boolean isIn(List<Range> ranges, InetAddress address) {
    byte[] bytes = plain(address.getAddress());
    return ranges.stream().anyMatch(range -> range.contains(bytes));
  }

  /** An IPv4 address in the clothes of IPv6 is that IPv4 address. */
  private static byte[] plain(byte[] address) {
    boolean mapped = address.length == 16 && address[10] == -1 && address[11] == -1;
    for (int i = 0; mapped && i < 10; i++) {
      mapped = address[i] == 0;
    }
    return mapped ? Arrays.copyOfRange(address, 12, 16) : address;
  }
}
