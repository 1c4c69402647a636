package io.weft.codec.h1;

import static org.assertj.core.api.Assertions.assertThatNoException;

import com.code_intelligence.jazzer.junit.FuzzTest;

/**
 * Whatever is taken for the head of a request is taken for the same one by whoever reads what is
 * passed on: written again and parsed again it has the same parts and the same framing.
 */
class RequestHeadFuzzTest {
  @FuzzTest(maxDuration = "2m")
  void requestsKeepTheirMeaning(byte[] input) {
    assertThatNoException().isThrownBy(() -> HeadRoundTrip.check(input, true));
  }
}
