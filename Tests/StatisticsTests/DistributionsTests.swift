import Statistics
import Testing

@Suite struct DistributionsTests {
  @Test func `the normal tail keeps its digits where one minus the lower tail has none`() {
    // Q(20) as SciPy 1.17 gives it, norm.sf(20).
    #expect(abs(Normal.tail(20) / 2.7536241186062337e-89 - 1) < 1e-12)
  }

  @Test func `the two ways to the logarithm of the normal tail meet where they change over`() {
    let below = Normal.logTail(30.0.nextDown)
    let above = Normal.logTail(30)
    #expect(abs(below - above) < 1e-10)
  }

  @Test(arguments: [1e-300, 1e-20, 0.001525322757989, 0.025, 0.5, 0.975])
  func `a quantile inverts its tail`(probability: Double) {
    #expect(abs(Normal.tail(Normal.tailQuantile(probability)) / probability - 1) < 1e-12)
    let t = StudentT.quantile(probability, degreesOfFreedom: 7)
    #expect(abs(StudentT.cdf(t, degreesOfFreedom: 7) / probability - 1) < 1e-10)
  }

  @Test func `the t distribution with one degree of freedom is Cauchy's`() {
    #expect(abs(StudentT.tail(1, degreesOfFreedom: 1) - 0.25) < 1e-15)
  }

  @Test func `binomial tails are sums of probabilities`() {
    let sum = (0...3).reduce(0.0) { $0 + Binomial.probability($1, of: 10, rate: 0.3) }
    #expect(abs(Binomial.cdf(3, of: 10, rate: 0.3) - sum) < 1e-15)
    #expect(abs(Binomial.tail(3, of: 10, rate: 0.3) - (1 - sum)) < 1e-15)
  }

  @Test func `outside its domain a distribution answers that there is no number`() {
    #expect(Beta.quantile(0.5, -1, 2).isNaN)
    #expect(StudentT.cdf(1, degreesOfFreedom: -3).isNaN)
  }
}
