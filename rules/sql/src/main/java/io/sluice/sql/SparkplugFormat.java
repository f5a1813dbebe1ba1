package io.sluice.sql;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Payloads of Sparkplug B as values (Eclipse Sparkplug 3.0, section 6.4; the field numbers are
 * those of its sparkplug_b.proto). A metric has its value under {@code value}, whatever its type:
 * signed integers are read as signed, bytes become base64. Aliases are not resolved to names: that
 * needs the BIRTH message.
 */
final class SparkplugFormat {
  private static final int DEPTH_MAX = 32; // templates and property sets inside each other

  /** By their number; an empty one means none. */
  private static final List<String> TYPES =
      List.of(
          "",
          "Int8",
          "Int16",
          "Int32",
          "Int64",
          "UInt8",
          "UInt16",
          "UInt32",
          "UInt64",
          "Float",
          "Double",
          "Boolean",
          "String",
          "DateTime",
          "Text",
          "UUID",
          "DataSet",
          "Bytes",
          "File",
          "Template",
          "PropertySet",
          "PropertySetList",
          "Int8Array",
          "Int16Array",
          "Int32Array",
          "Int64Array",
          "UInt8Array",
          "UInt16Array",
          "UInt32Array",
          "UInt64Array",
          "FloatArray",
          "DoubleArray",
          "BooleanArray",
          "StringArray",
          "DateTimeArray");

  private static final int INT8 = 1;
  private static final int INT16 = 2;
  private static final int INT32 = 3;
  private static final int INT64 = 4;

  private final boolean wholeIsInt;

  private SparkplugFormat(boolean wholeIsInt) {
    this.wholeIsInt = wholeIsInt;
  }

  /** Null when it is no such payload. */
  static Value decode(byte[] bytes, boolean wholeIsInt) {
    try {
      return new SparkplugFormat(wholeIsInt).payload(CodedInputStream.newInstance(bytes));
    } catch (IOException notSparkplug) {
      return Null.NULL;
    }
  }

  /** Reads one field of a message; the tag is read already. */
  private interface Field {
    void read(int number, CodedInputStream in) throws IOException;
  }

  /** Reads fields until the end of the message; a field that is unknown is passed over. */
  private static void fields(CodedInputStream in, int known, Field field) throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      int number = WireFormat.getTagFieldNumber(tag);
      if (number <= known) {
        field.read(number, in);
      } else {
        in.skipField(tag);
      }
    }
  }

  private static CodedInputStream inner(CodedInputStream in) throws IOException {
    return CodedInputStream.newInstance(in.readByteBuffer());
  }

  private static void deeper(int depth) throws IOException {
    if (depth > DEPTH_MAX) {
      throw new IOException("nested too deep");
    }
  }

  private Value payload(CodedInputStream in) throws IOException {
    BuiltObject payload = new BuiltObject(4);
    List<Value> metrics = new ArrayList<>();
    fields(
        in,
        5,
        (number, at) -> {
          switch (number) {
            case 1 -> put(payload, "timestamp", unsigned(at.readUInt64()));
            case 2 -> metrics.add(metric(inner(at), 0));
            case 3 -> put(payload, "seq", unsigned(at.readUInt64()));
            case 4 -> put(payload, "uuid", new Text(at.readString()));
            default -> put(payload, "body", base64(at.readBytes()));
          }
        });
    put(payload, "metrics", new BuiltArray(metrics));
    return payload;
  }

  private static void put(BuiltObject object, String key, Value value) {
    object.put(new Key(key), value);
  }

  private Value metric(CodedInputStream in, int depth) throws IOException {
    deeper(depth);
    BuiltObject metric = new BuiltObject(6);
    Scalar scalar = new Scalar();
    fields(
        in,
        18,
        (number, at) -> {
          switch (number) {
            case 1 -> put(metric, "name", new Text(at.readString()));
            case 2 -> put(metric, "alias", unsigned(at.readUInt64()));
            case 3 -> put(metric, "timestamp", unsigned(at.readUInt64()));
            case 4 -> scalar.type = at.readUInt32();
            case 5 -> put(metric, "isHistorical", Value.of(at.readBool()));
            case 6 -> put(metric, "isTransient", Value.of(at.readBool()));
            case 7 -> scalar.isNull = at.readBool();
            case 8 -> put(metric, "metaData", metaData(inner(at)));
            case 9 -> put(metric, "properties", properties(inner(at), depth + 1));
            case 16 -> scalar.made = base64(at.readBytes());
            case 17 -> scalar.made = dataSet(inner(at));
            case 18 -> scalar.made = template(inner(at), depth + 1);
            default ->
                scalar.read(number - 10, at); // 10 to 15: int, long, float, double, boolean, string
          }
        });
    put(metric, "dataType", type(scalar.type));
    put(metric, "value", scalar.value());
    return metric;
  }

  private static Value type(int number) {
    return number == 0
        ? Undefined.UNDEFINED
        : number > 0 && number < TYPES.size() ? new Text(TYPES.get(number)) : Int.of(number);
  }

  /** One of the values that metrics, properties, parameters and cells share. */
  private final class Scalar {
    private int type;
    private boolean isNull;
    private int bits32;
    private long bits64;
    private int kind = -1; // 0 int, 1 long
    private Value made = Undefined.UNDEFINED;

    void read(int which, CodedInputStream in) throws IOException {
      switch (which) {
        case 0 -> {
          kind = 0;
          bits32 = in.readUInt32();
        }
        case 1 -> {
          kind = 1;
          bits64 = in.readUInt64();
        }
        case 2 -> made = CborFormat.decimal(Float.toString(in.readFloat()), wholeIsInt);
        case 3 -> made = CborFormat.decimal(Double.toString(in.readDouble()), wholeIsInt);
        case 4 -> made = Value.of(in.readBool());
        default -> made = new Text(in.readString());
      }
    }

    /** Known only at the end: the type may stand behind the value. */
    Value value() {
      if (isNull) {
        return Null.NULL;
      }
      return switch (kind) {
        case 0 ->
            Int.of(
                switch (type) {
                  case INT8 -> (byte) bits32;
                  case INT16 -> (short) bits32;
                  case INT32 -> bits32;
                  default -> Integer.toUnsignedLong(bits32);
                });
        case 1 -> type == INT64 ? Int.of(bits64) : unsigned(bits64);
        default -> made;
      };
    }
  }

  private Value metaData(CodedInputStream in) throws IOException {
    BuiltObject data = new BuiltObject(4);
    fields(
        in,
        8,
        (number, at) -> {
          switch (number) {
            case 1 -> put(data, "isMultiPart", Value.of(at.readBool()));
            case 2 -> put(data, "contentType", new Text(at.readString()));
            case 3 -> put(data, "size", unsigned(at.readUInt64()));
            case 4 -> put(data, "seq", unsigned(at.readUInt64()));
            case 5 -> put(data, "fileName", new Text(at.readString()));
            case 6 -> put(data, "fileType", new Text(at.readString()));
            case 7 -> put(data, "md5", new Text(at.readString()));
            default -> put(data, "description", new Text(at.readString()));
          }
        });
    return data;
  }

  private Value properties(CodedInputStream in, int depth) throws IOException {
    deeper(depth);
    List<String> keys = new ArrayList<>();
    List<Value> values = new ArrayList<>();
    fields(
        in,
        2,
        (number, at) -> {
          if (number == 1) {
            keys.add(at.readString());
          } else {
            values.add(property(inner(at), depth));
          }
        });
    BuiltObject set = new BuiltObject(keys.size());
    for (int i = 0; i < Math.min(keys.size(), values.size()); i++) {
      put(set, keys.get(i), values.get(i));
    }
    return set;
  }

  private Value property(CodedInputStream in, int depth) throws IOException {
    Scalar scalar = new Scalar();
    fields(
        in,
        10,
        (number, at) -> {
          switch (number) {
            case 1 -> scalar.type = at.readUInt32();
            case 2 -> scalar.isNull = at.readBool();
            case 9 -> scalar.made = properties(inner(at), depth + 1);
            case 10 -> scalar.made = propertySets(inner(at), depth + 1);
            default -> scalar.read(number - 3, at);
          }
        });
    return scalar.value();
  }

  private Value propertySets(CodedInputStream in, int depth) throws IOException {
    List<Value> sets = new ArrayList<>();
    fields(in, 1, (number, at) -> sets.add(properties(inner(at), depth)));
    return new BuiltArray(sets);
  }

  private Value dataSet(CodedInputStream in) throws IOException {
    List<Value> columns = new ArrayList<>();
    List<Integer> types = new ArrayList<>();
    List<CodedInputStream> rows = new ArrayList<>();
    fields(
        in,
        4,
        (number, at) -> {
          switch (number) {
            case 1 -> at.readUInt64(); // how many columns; the names say it too
            case 2 -> columns.add(new Text(at.readString()));
            case 3 -> types(at, types);
            default -> rows.add(inner(at));
          }
        });
    List<Value> read = new ArrayList<>();
    for (CodedInputStream row : rows) {
      List<Value> cells = new ArrayList<>();
      fields(
          row,
          1,
          (number, at) -> {
            Scalar cell = new Scalar();
            cell.type = cells.size() < types.size() ? types.get(cells.size()) : 0;
            fields(inner(at), 6, (which, value) -> cell.read(which - 1, value));
            cells.add(orNull(cell.value()));
          });
      read.add(new BuiltArray(cells));
    }
    BuiltObject set = new BuiltObject(3);
    put(set, "columns", new BuiltArray(columns));
    put(
        set,
        "types",
        new BuiltArray(
            types.stream().map(SparkplugFormat::type).map(SparkplugFormat::orNull).toList()));
    put(set, "rows", new BuiltArray(read));
    return set;
  }

  /** Packed or one by one; a writer may do either. */
  private static void types(CodedInputStream in, List<Integer> types) throws IOException {
    if (WireFormat.getTagWireType(in.getLastTag()) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
      CodedInputStream packed = inner(in);
      while (!packed.isAtEnd()) {
        types.add(packed.readUInt32());
      }
    } else {
      types.add(in.readUInt32());
    }
  }

  private Value template(CodedInputStream in, int depth) throws IOException {
    deeper(depth);
    BuiltObject template = new BuiltObject(5);
    List<Value> metrics = new ArrayList<>();
    BuiltObject parameters = new BuiltObject(4);
    fields(
        in,
        5,
        (number, at) -> {
          switch (number) {
            case 1 -> put(template, "version", new Text(at.readString()));
            case 2 -> metrics.add(metric(inner(at), depth + 1));
            case 3 -> parameter(inner(at), parameters);
            case 4 -> put(template, "templateRef", new Text(at.readString()));
            default -> put(template, "isDefinition", Value.of(at.readBool()));
          }
        });
    put(template, "metrics", new BuiltArray(metrics));
    put(template, "parameters", parameters);
    return template;
  }

  private void parameter(CodedInputStream in, BuiltObject parameters) throws IOException {
    Scalar scalar = new Scalar();
    String[] name = {""};
    fields(
        in,
        8,
        (number, at) -> {
          switch (number) {
            case 1 -> name[0] = at.readString();
            case 2 -> scalar.type = at.readUInt32();
            default -> scalar.read(number - 3, at);
          }
        });
    put(parameters, name[0], orNull(scalar.value()));
  }

  private static Value orNull(Value value) {
    return value.isUndefined() ? Null.NULL : value;
  }

  private static Value unsigned(long bits) {
    return bits >= 0 ? Int.of(bits) : Int.of(new BigInteger(Long.toUnsignedString(bits)));
  }

  private static Value base64(ByteString bytes) {
    return new Text(Base64.getEncoder().encodeToString(bytes.toByteArray()));
  }
}
