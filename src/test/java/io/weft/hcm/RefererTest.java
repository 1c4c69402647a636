package io.weft.hcm;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Row 5.2: which referer is passed on. */
class RefererTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http://a.test               | true",
        "https://a.test:8443/x/y?z=1 | true",
        "http://[::1]:80/            | true",
        "/x?y                        | true",
        "x/y:z                       | true",
        "x:y                         | false",
        "/x#y                        | false",
        "http://a.test/#             | false",
        "http://user@a.test/         | false",
        "http://u:p@a.test/          | false",
        "http:///x                   | false",
        "about:blank                 | false",
        "/a b                        | false",
        "/<script>                   | false",
      })
  void row0502RefererIsAUrlOrAPath(String referer, boolean valid) {
    assertThat(Referer.isValid(referer)).isEqualTo(valid);
  }
}
