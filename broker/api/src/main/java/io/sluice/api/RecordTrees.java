package io.sluice.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import com.fasterxml.jackson.databind.type.LogicalType;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;

/**
 * Trees of the wire into the rooms' records and back, for rooms whose records name their components
 * as the wire does but for the case of the first letter. A null component is left out.
 */
final class RecordTrees {
  private static final ObjectMapper MAPPER = mapper();

  private RecordTrees() {}

  private static ObjectMapper mapper() {
    SimpleModule times = new SimpleModule();
    times.addSerializer(Instant.class, new InstantWriter());
    times.addDeserializer(Instant.class, new InstantReader());
    ObjectMapper mapper =
        JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.UPPER_CAMEL_CASE)
            .defaultPropertyInclusion(
                JsonInclude.Value.construct(
                    JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .addModule(times)
            .build();
    mapper
        .coercionConfigFor(LogicalType.Textual)
        .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
        .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
        .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
    return mapper;
  }

  /** Reads a request; a member of another type is the family's serialisation error. */
  static <T> T read(Fields input, Class<T> type) {
    try {
      return MAPPER.treeToValue(input.node(), type);
    } catch (JsonMappingException wrongType) {
      StringBuilder where = new StringBuilder();
      for (JsonMappingException.Reference step : wrongType.getPath()) {
        where
            .append(where.isEmpty() || step.getFieldName() == null ? "" : ".")
            .append(
                step.getFieldName() == null ? "[" + step.getIndex() + "]" : step.getFieldName());
      }
      throw input // its own message may quote the value
          .family()
          .malformed("'%s' has the wrong type; see the API reference".formatted(where));
    } catch (JsonProcessingException impossible) { // a tree is well-formed
      throw new IllegalStateException(impossible);
    }
  }

  static JsonNode write(Object reply) {
    return MAPPER.valueToTree(reply);
  }

  /** Leaves the instant as it is, for {@link WireFormat}. */
  private static final class InstantWriter extends StdSerializer<Instant> {
    InstantWriter() {
      super(Instant.class);
    }

    @Override
    public void serialize(Instant value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      out.writeEmbeddedObject(value);
    }
  }

  private static final class InstantReader extends StdDeserializer<Instant> {
    private static final int SCALE_MAX = 40;

    InstantReader() {
      super(Instant.class);
    }

    @Override
    public Instant deserialize(JsonParser in, DeserializationContext context) throws IOException {
      if (!in.currentToken().isNumeric()) {
        throw JsonMappingException.from(in, "not a number of seconds");
      }
      BigDecimal seconds = in.getDecimalValue();
      if (Math.abs((long) seconds.scale()) > SCALE_MAX || seconds.precision() > SCALE_MAX) {
        throw JsonMappingException.from(in, "out of range"); // 1E999999999 would be written out
      }
      BigDecimal millis = seconds.movePointRight(3);
      try {
        return Instant.ofEpochMilli(millis.setScale(0, RoundingMode.DOWN).longValueExact());
      } catch (ArithmeticException | DateTimeException tooFar) {
        throw JsonMappingException.from(in, "out of range", tooFar);
      }
    }
  }
}
