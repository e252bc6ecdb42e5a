import Statistics
import Testing

@Suite struct SurvivalTests {
  static let times: [SurvivalTime] = [
    (6, true), (6, true), (6, true), (7, true), (10, true), (13, true), (16, true), (22, true),
    (23, true), (6, false), (9, false), (10, false), (11, false), (17, false), (19, false),
    (20, false), (25, false), (32, false), (32, false), (34, false), (35, false),
  ].map { SurvivalTime(time: $0.0, isEvent: $0.1) }
  static let placebo: [SurvivalTime] = [
    1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23,
  ].map { SurvivalTime(time: $0, isEvent: true) }

  @Test func `the curve of Freireich's 6-MP arm is the printed one`() throws {
    // Kalbfleisch and Prentice (2002), section 1.4; Freireich et al. (1963): S(6) = 0.857,
    // S(10) = 0.753, S(23) = 0.448.
    let curve = try KaplanMeier(Self.times)
    #expect(abs(curve.step(at: 6).survival - 0.857) < 5e-4)
    #expect(abs(curve.step(at: 10).survival - 0.753) < 5e-4)
    #expect(abs(curve.step(at: 30).survival - 0.448) < 5e-4)
  }

  @Test func `without censoring the curve is the share still free of the event`() throws {
    let curve = try KaplanMeier(Self.placebo)
    #expect(abs(curve.step(at: 8).survival - 8.0 / 21) < 1e-15)
    let mean = try curve.restrictedMean(to: 23).mean
    let plain = Self.placebo.reduce(0) { $0 + $1.time } / 21
    #expect(abs(mean - plain) < 1e-12)
  }

  @Test func `the order of rows changes no result`() throws {
    let all = Self.times + Self.placebo
    let arms = Self.times.map { _ in "A" } + Self.placebo.map { _ in "B" }
    let covariates = arms.indices.map { [arms[$0] == "A" ? 1.0 : 0, Double($0 % 5)] }
    let order = all.indices.sorted { ($0 * 17) % 42 < ($1 * 17) % 42 }
    let one = try CoxModel(all, covariates: covariates)
    let two = try CoxModel(order.map { all[$0] }, covariates: order.map { covariates[$0] })
    #expect(one == two)
    let forward = try LogRank(all, arms: arms)
    let backward = try LogRank(order.map { all[$0] }, arms: order.map { arms[$0] })
    #expect(forward == backward)
  }

  @Test func `the score test of the exact likelihood is the log-rank test`() throws {
    let all = Self.times + Self.placebo
    let arms = Self.times.map { _ in "A" } + Self.placebo.map { _ in "B" }
    let model = try CoxModel(
      all, covariates: arms.map { [$0 == "A" ? 1 : 0] }, ties: .exact)
    #expect(abs(model.scoreChiSquare - (try LogRank(all, arms: arms)).chiSquare) < 1e-10)
  }

  @Test func `without ties the three ways of treating them agree`() throws {
    let times = (0..<20).map { SurvivalTime(time: Double($0) + 0.5, isEvent: $0 % 3 != 0) }
    let covariates = (0..<20).map { [Double(($0 * 7) % 11)] }
    let methods: [TiesMethod] = [.efron, .breslow, .exact]
    let models = try methods.map {
      try CoxModel(times, covariates: covariates, ties: $0).coefficients[0]
    }
    #expect(abs(models[0] - models[1]) < 1e-12 && abs(models[0] - models[2]) < 1e-12)
  }

  @Test func `an effect without bound and a repeated column are refused`() {
    let times = (0..<10).map { SurvivalTime(time: Double($0), isEvent: true) }
    #expect(throws: StatisticsRefusal.self) {
      try CoxModel(times, covariates: (0..<10).map { [$0 < 5 ? 1 : 0] })
    }
    #expect(throws: StatisticsRefusal.modelNotIdentified) {
      try CoxModel(times, covariates: (0..<10).map { [Double($0 % 3), 2 * Double($0 % 3)] })
    }
  }

  @Test func `a median that is not reached has no number`() throws {
    let curve = try KaplanMeier(Self.times)
    let quarter = try curve.time(survivalFallsTo: 0.25)
    #expect(quarter.time == nil)
    #expect(try curve.time(survivalFallsTo: 0.5).time == 23)
  }
}
