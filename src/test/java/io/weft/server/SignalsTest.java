package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SignalsTest {
  @Test
  void usr1AsksForLogFilesToBeOpenedAnew() throws Exception {
    var asked = new CountDownLatch(1);
    Signals.onReopen(asked::countDown);
    String self = Long.toString(ProcessHandle.current().pid());
    assertThat(new ProcessBuilder("kill", "-USR1", self).start().waitFor()).isZero();
    assertThat(asked.await(5, TimeUnit.SECONDS)).isTrue();
  }
}
