package io.sluice.identity;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Internet addresses that share their first bits: {@code 10.0.0.0/8}, {@code 2001:db8::/32}. */
record AddressRange(InetAddress start, int bits) {

  /** The range, or a single address; null when the text is neither. */
  static @Nullable AddressRange parse(String text) {
    int slash = text.indexOf('/');
    InetAddress start = address(slash < 0 ? text : text.substring(0, slash));
    if (start == null) {
      return null;
    }
    int bitsMax = 8 * start.getAddress().length;
    if (slash < 0) {
      return new AddressRange(start, bitsMax);
    }
    String bits = text.substring(slash + 1);
    if (bits.isEmpty() || bits.length() > 3 || !bits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return null;
    }
    int count = Integer.parseInt(bits);
    return count <= bitsMax ? new AddressRange(start, count) : null;
  }

  /**
   * The address a text spells out; null for everything else, host names too: nothing is resolved.
   */
  static @Nullable InetAddress address(String text) {
    boolean spelled =
        text.indexOf(':') >= 0
            ? text.chars().allMatch(c -> Character.digit(c, 16) >= 0 || c == ':' || c == '.')
            : text.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
    if (!spelled || text.length() > 45) {
      return null;
    }
    try {
      return InetAddress.getByName(text); // of digits: looks nothing up
    } catch (UnknownHostException notOne) {
      return null;
    }
  }

  boolean contains(InetAddress address) {
    byte[] ours = start.getAddress();
    byte[] theirs = address.getAddress();
    if (ours.length != theirs.length) {
      return false;
    }
    int whole = bits / 8;
    if (!Arrays.equals(ours, 0, whole, theirs, 0, whole)) {
      return false;
    }
    int rest = bits % 8;
    return rest == 0 || (ours[whole] ^ theirs[whole]) >> (8 - rest) << (8 - rest) == 0;
  }
}
