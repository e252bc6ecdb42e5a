import Testing

@testable import PrivateCluster

@Suite struct BackoffTests {
  @Test func `waits double from a tenth of a second and never exceed two seconds`() {
    var backoff = Backoff()
    let waits = (0..<7).map { _ in backoff.next() }
    #expect(waits == [100, 200, 400, 800, 1_600, 2_000, 2_000])
  }
}
