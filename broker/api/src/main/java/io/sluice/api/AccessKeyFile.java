package io.sluice.api;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The text of a credentials file. Messages name lines, never what is in them. */
final class AccessKeyFile {
  private static final String ID = "aws_access_key_id";
  private static final String SECRET = "aws_secret_access_key";
  private static final String ROLE = "sluice_role";

  private AccessKeyFile() {}

  static String format(List<AccessKey> keys) {
    StringBuilder text =
        new StringBuilder(
            "# Access keys of this Sluice gateway. Use them with AWS tools: AWS_SHARED_CREDENTIALS_FILE=<this file>\n");
    for (int i = 0; i < keys.size(); i++) {
      AccessKey key = keys.get(i);
      text.append(i == 0 ? "[default]" : "[key%d]".formatted(i + 1))
          .append('\n')
          .append("%s = %s\n".formatted(ID, key.id()))
          .append("%s = %s\n".formatted(SECRET, key.secret()))
          .append("%s = %s\n".formatted(ROLE, key.role()));
    }
    return text.toString();
  }

  static List<AccessKey> parse(String file, List<String> lines) {
    List<AccessKey> keys = new ArrayList<>();
    Map<String, String> section = null;
    int sectionLine = 0;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      if (line.startsWith("[") && line.endsWith("]")) {
        if (section != null) {
          keys.add(key(file, sectionLine, section));
        }
        section = new HashMap<>();
        sectionLine = i + 1;
        continue;
      }
      int equals = line.indexOf('=');
      if (equals < 0 || section == null) {
        throw new IllegalArgumentException(
            "access key file %s, line %d: neither '[section]' nor 'name = value' inside one; see the credentials file format of the AWS CLI"
                .formatted(file, i + 1));
      }
      section.put(line.substring(0, equals).strip(), line.substring(equals + 1).strip());
    }
    if (section == null) {
      throw new IllegalArgumentException(
          "access key file %s holds no key; delete it to have one made, or add a [default] section"
              .formatted(file));
    }
    keys.add(key(file, sectionLine, section));
    return keys;
  }

  private static AccessKey key(String file, int line, Map<String, String> section) {
    String id = section.get(ID);
    String secret = section.get(SECRET);
    if (id == null || secret == null || id.isEmpty() || secret.isEmpty()) {
      throw new IllegalArgumentException(
          "access key file %s, section at line %d: %s is missing; every section has %s and %s"
              .formatted(file, line, id == null || id.isEmpty() ? ID : SECRET, ID, SECRET));
    }
    return new AccessKey(id, secret, role(file, line, section.getOrDefault(ROLE, "admin")));
  }

  private static AccessKey.Role role(String file, int line, String text) {
    for (AccessKey.Role role : AccessKey.Role.values()) {
      if (role.toString().equals(text)) {
        return role;
      }
    }
    throw new IllegalArgumentException(
        "access key file %s, section at line %d: %s is neither 'admin' nor 'read-only'; use one of them"
            .formatted(file, line, ROLE));
  }
}
