package io.sluice.shadow;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How updates change a document: reference section 4.3. */
class ShadowDocumentTest {

  private static ShadowDocument after(String... states) {
    ShadowDocument document = ShadowDocument.NONE;
    long seconds = 100;
    for (String state : states) {
      document = document.apply(new ShadowUpdate(Json.tree(state), null, null, null), seconds++);
    }
    return document;
  }

  @ParameterizedTest(name = "{3}: {0} then {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'desired':{'a':1}}               | {'desired':{'b':2}}               | {'desired':{'a':1,'b':2}}         | keys not mentioned stay
          {'desired':{'a':1}}               | {'desired':{'a':2}}               | {'desired':{'a':2}}               | a scalar replaces
          {'desired':{'a':1}}               | {'reported':{'a':2}}              | {'desired':{'a':1},'reported':{'a':2}} | the halves are independent
          {'desired':{'o':{'x':1,'y':2}}}   | {'desired':{'o':{'y':3}}}         | {'desired':{'o':{'x':1,'y':3}}}   | objects merge
          {'desired':{'l':[1,2,3]}}         | {'desired':{'l':[9]}}             | {'desired':{'l':[9]}}             | an array replaces whole
          {'desired':{'l':[{'x':1}]}}       | {'desired':{'l':[{'y':2}]}}       | {'desired':{'l':[{'y':2}]}}       | objects in arrays do not merge
          {'desired':{'o':{'x':1}}}         | {'desired':{'o':7}}               | {'desired':{'o':7}}               | a scalar over an object
          {'desired':{'o':7}}               | {'desired':{'o':{'x':1}}}         | {'desired':{'o':{'x':1}}}         | an object over a scalar
          {'desired':{'o':[7]}}             | {'desired':{'o':{'x':1}}}         | {'desired':{'o':{'x':1}}}         | an object over an array
          {'desired':{'a':1,'b':2}}         | {'desired':{'a':null}}            | {'desired':{'b':2}}               | null deletes a key
          {'desired':{'a':1}}               | {'desired':{'a':null}}            | {}                                | the last key takes its half along
          {'desired':{'a':1}}               | {'desired':{'z':null}}            | {'desired':{'a':1}}               | null for nothing is nothing
          {'desired':{'o':{'x':1,'y':2}}}   | {'desired':{'o':{'x':null}}}      | {'desired':{'o':{'y':2}}}         | null deletes below
          {'desired':{'o':{'x':1}}}         | {'desired':{'o':{'x':null}}}      | {'desired':{'o':{}}}              | an object emptied stays an object
          {'desired':{'a':1},'reported':{'b':2}} | {'desired':null}             | {'reported':{'b':2}}              | null deletes a half
          {'desired':{'a':1},'reported':{'b':2}} | null                         | {}                                | null state deletes all
          {'desired':{'a':1}}               | {}                                | {'desired':{'a':1}}               | an empty state changes nothing
          {'desired':{'a':1}}               | {'desired':{}}                    | {'desired':{'a':1}}               | an empty half changes nothing
          {}                                | {'desired':{}}                    | {}                                | an empty half is not kept
          {}                                | {'reported':{'x':null}}           | {}                                | null on empty
          {}                                | {'desired':{'o':{'x':null}}}      | {'desired':{'o':{}}}              | nulls are never kept
          {'desired':{'b':1}}               | {'desired':{'b':{'c':{}}}}        | {'desired':{'b':{'c':{}}}}        | an empty object is a value
          {'desired':{'a':1}}               | {'desired':{'a':false,'b':''}}    | {'desired':{'a':false,'b':''}}    | false and empty text are values
          """)
  void merges(String first, String second, String expected, String what) {
    ShadowDocument document = after(first, second);
    assertThat(document.state()).isEqualTo(Json.tree(expected));
    assertThat(document.version()).isEqualTo(2);
    assertThat(shape(document.metadata())).as("metadata follows").isEqualTo(shape(expected));
  }

  /** The tree with all leaves alike. */
  private static JsonNode shape(JsonNode tree) {
    return ShadowMetadata.of(tree, 0);
  }

  /** As it is read back: small numbers have a type of their own in memory. */
  private static JsonNode written(JsonNode tree) {
    return Json.tree(ShadowJson.write(tree));
  }

  private static JsonNode shape(String tree) {
    return shape(Json.tree(tree));
  }

  @Test
  void mentionedKeysGetANewTimeAlsoWhenEqualAndOthersKeepTheirs() {
    ShadowDocument document =
        after("{'desired':{'a':1,'b':2,'o':{'x':1,'y':1}}}", "{'desired':{'a':1,'o':{'y':1}}}");
    assertThat(written(document.metadata()))
        .isEqualTo(Json.tree("{'desired':{'a':101,'b':100,'o':{'x':100,'y':101}}}"));
  }

  @Test
  void row22TheMetadataOfAnArrayIsAnArrayOfTimes() {
    ShadowDocument document = after("{'reported':{'l':[1,2,{'x':3},[4]],'e':[]}}");
    assertThat(Json.tree(ShadowMetadata.write(document.metadata())))
        .isEqualTo(
            Json.tree(
                "{'reported':{'l':[{'timestamp':100},{'timestamp':100},{'x':{'timestamp':100}},[{'timestamp':100}]],'e':[]}}"));
  }

  @Test
  void anAttributeMayBeCalledTimestamp() {
    ShadowDocument document =
        after("{'desired':{'timestamp':5,'o':{'timestamp':6}}}", "{'desired':{'o':{'x':1}}}");
    assertThat(Json.tree(ShadowMetadata.write(document.metadata())))
        .isEqualTo(
            Json.tree(
                "{'desired':{'timestamp':{'timestamp':100},'o':{'timestamp':{'timestamp':100},'x':{'timestamp':101}}}}"));
  }

  @Test
  void anOldVersionIsNotChangedByTheNext() {
    ShadowDocument before = after("{'desired':{'o':{'x':1}}}");
    before.apply(
        new ShadowUpdate(Json.tree("{'desired':{'o':{'x':null,'y':2}}}"), null, null, null), 200);
    assertThat(before.state()).isEqualTo(Json.tree("{'desired':{'o':{'x':1}}}"));
    assertThat(written(before.metadata())).isEqualTo(Json.tree("{'desired':{'o':{'x':100}}}"));
  }
}
