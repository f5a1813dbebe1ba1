package io.sluice.shadow;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is left to do: reference sections 4.3 and 7. */
class ShadowDeltaTest {

  @ParameterizedTest(name = "{3}: {0} against {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'a':1}               | {}                    | {'a':1}       | row 1: never reported
          {'a':1,'b':2}         | {'a':1}               | {'b':2}       | row 2: only the rest
          {'a':1}               | {'a':1}               | -             | row 3: caught up
          {'a':1}               | {'a':1,'z':9}         | -             | row 4: reported alone is no difference
          {'l':[1,2,3]}         | {'l':[1,2]}           | {'l':[1,2,3]} | row 5: an array whole
          {'a':[1,2]}           | {'a':[1]}             | {'a':[1,2]}   | 4.3: an array whole
          {'o':{'x':1,'y':2}}   | {'o':{'x':1,'y':3}}   | {'o':{'y':2}} | row 6: only the leaf
          {'o':{'x':1}}         | {'o':{'x':1,'z':2}}   | -             | 4.3: also below
          {'o':{'x':1}}         | {'o':7}               | {'o':{'x':1}} | 4.3: another type
          {'o':7}               | {'o':{'x':1}}         | {'o':7}       | 4.3: another type
          {'a':1}               | {'a':'1'}             | {'a':1}       | 4.3: a number is no text
          {'a':true}            | {'a':'true'}          | {'a':true}    | 4.3: a boolean is no text
          {'b':{'c':{}}}        | {}                    | {'b':{'c':{}}} | 4.3: an empty object is a value
          {'b':{}}              | {'b':{'c':1}}         | -             | 4.3: an empty object asks for nothing
          {'a':20}              | {'a':20.0}            | -             | numbers by value
          {'l':[20]}            | {'l':[2.0E1]}         | -             | numbers by value in arrays
          {'l':[{'x':1}]}       | {'l':[{'x':1.0}]}     | -             | and in objects in arrays
          {'l':[{'x':1}]}       | {'l':[{'x':1,'y':2}]} | {'l':[{'x':1}]} | objects in arrays are compared whole
          {'a':20}              | {'a':20.5}            | {'a':20}      | numbers by value
          {'l':[1,2]}           | {'l':[2,1]}           | {'l':[1,2]}   | arrays have an order
          {'l':[]}              | {'l':[]}              | -             | empty arrays are equal
          """)
  void delta(String desired, String reported, String expected, String what) {
    var delta = ShadowDelta.between(Json.object(desired), Json.object(reported));
    if (expected.equals("-")) {
      assertThat(delta).isEmpty();
    } else {
      assertThat(delta).contains(Json.object(expected));
    }
  }

  @Test
  void row22TheMetadataOfADeltaIsThatOfDesired() {
    var metadata = Json.object("{'a':100,'o':{'x':101,'y':102},'l':[103,103]}");
    assertThat(ShadowMetadata.restrict(metadata, Json.object("{'o':{'y':2},'l':[1,2]}")))
        .isEqualTo(Json.tree("{'o':{'y':102},'l':[103,103]}"));
  }
}
