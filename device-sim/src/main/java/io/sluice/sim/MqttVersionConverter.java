package io.sluice.sim;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Lets options say {@code 3.1.1} and {@code 5}. */
final class MqttVersionConverter implements ITypeConverter<MqttVersion> {
  @Override
  public MqttVersion convert(String text) {
    return switch (text) {
      case "3.1.1" -> MqttVersion.V3_1_1;
      case "5", "5.0" -> MqttVersion.V5;
      default ->
          throw new TypeConversionException(
              "'%s' is no MQTT version here; write 3.1.1 or 5".formatted(text));
    };
  }
}
