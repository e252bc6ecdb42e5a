/// The joint distribution of successive test statistics, one look at a time.
///
/// Z_k ~ N(θ√I_k, 1) with independent increments of Z_k√I_k. The state holds the density of Z_k on
/// the paths that have not stopped, as masses at quadrature nodes; a crossing probability at the
/// next look is one sum over them.
/// Source: Armitage, McPherson and Rowe (1969), JRSS A 132, 235-244; Jennison and Turnbull (2000),
/// Group Sequential Methods, section 19.2. Instead of Simpson's rule on their grid, Gauss-Legendre
/// panels of 16 nodes are used, no wider than four standard deviations of the narrower of the two
/// factors of the integrand: the integrand is analytic, so that few nodes give 1e-12.
struct RecursiveIntegration {
  private let theta: Double
  private var information: Double
  /// Z√I at the nodes.
  private var scores: [Double]
  /// Probability carried by each node.
  private var masses: [Double]

  /// Before the first look.
  init(theta: Double) {
    self.theta = theta
    information = 0
    scores = [0]
    masses = [1]
  }

  /// After a look at which Z was seen to be z.
  init(theta: Double, seen z: Double, at information: Double) {
    self.theta = theta
    self.information = information
    scores = [z * sqrt(information)]
    masses = [1]
  }

  /// P(not stopped before, Z ≥ z at the next look).
  func upper(_ z: Double, at next: Double) -> Double {
    let spread = sqrt(next - information)
    let target = z * sqrt(next) - theta * (next - information)
    var sum = 0.0
    for index in scores.indices {
      sum += masses[index] * Normal.tail((target - scores[index]) / spread)
    }
    return sum
  }

  /// P(not stopped before, Z ≤ z at the next look).
  func lower(_ z: Double, at next: Double) -> Double {
    let spread = sqrt(next - information)
    let target = z * sqrt(next) - theta * (next - information)
    var sum = 0.0
    for index in scores.indices {
      sum += masses[index] * Normal.cdf((target - scores[index]) / spread)
    }
    return sum
  }

  /// The density of Z at the next look on paths not stopped before.
  func density(_ z: Double, at next: Double) -> Double {
    let spread = sqrt(next - information)
    let target = z * sqrt(next) - theta * (next - information)
    let scale = 1 / spread
    var sum = 0.0
    for index in scores.indices {
      let u = (target - scores[index]) * scale
      sum += masses[index] * exp(-0.5 * u * u)
    }
    return sum * 0.3989422804014326779 * sqrt(next) * scale
  }

  /// Moves on past a look at which paths inside (lower, upper) go on.
  /// - Parameter following: the information at the look after that one; it sets the panel width.
  mutating func goOn(
    between lower: Double, and upper: Double, at next: Double, following: Double
  ) {
    let mean = theta * sqrt(next)
    // When one value was seen, what follows is centred there and not at θ√I.
    let centre = scores.count == 1 ? conditionalMean(at: next) : mean
    let low = max(lower, centre - Self.reachBelow)
    let high = min(upper, centre + Self.reach)
    guard high > low else {
      information = next
      scores = []
      masses = []
      return
    }
    let own = min(1, sqrt((next - information) / next))
    let coming = following > next ? sqrt((following - next) / next) : 1
    let panels = max(1, Int(((high - low) / (4 * min(own, coming))).rounded(.up)))
    let half = 0.5 * (high - low) / Double(panels)
    var newScores: [Double] = []
    var newMasses: [Double] = []
    newScores.reserveCapacity(panels * GaussLegendre.count)
    newMasses.reserveCapacity(panels * GaussLegendre.count)
    let root = sqrt(next)
    for panel in 0..<panels {
      let middle = low + half * Double(2 * panel + 1)
      for index in 0..<GaussLegendre.count {
        let z = middle + half * GaussLegendre.nodes[index]
        newScores.append(z * root)
        newMasses.append(half * GaussLegendre.weights[index] * density(z, at: next))
      }
    }
    information = next
    scores = newScores
    masses = newMasses
  }

  private func conditionalMean(at next: Double) -> Double {
    (scores[0] + theta * (next - information)) / sqrt(next)
  }

  /// Beyond 8.5 standard deviations lies less than 1e-17.
  private static let reach = 8.5
  /// Below 7 lies 1.3e-12.
  ///
  /// A path from there crosses a later upper bound less often than others do, so
  /// that no crossing probability loses more than that share of itself.
  private static let reachBelow = 7.0
}

/// Nodes and weights of 16-point Gauss-Legendre quadrature on [−1, 1].
enum GaussLegendre {
  static let count = 16
  static let nodes = rule.nodes
  static let weights = rule.weights

  /// Newton's method on the Legendre polynomial from Chebyshev starts; weights 2/((1 − x²)P′²).
  private static let rule: (nodes: [Double], weights: [Double]) = {
    var nodes: [Double] = []
    var weights: [Double] = []
    let n = Double(count)
    for index in 0..<count {
      var x = cos(Double.pi * (Double(index) + 0.75) / (n + 0.5))
      var slope = 1.0
      for _ in 0..<50 {
        var (before, here) = (1.0, x)
        for degree in 2...count {
          let d = Double(degree)
          (before, here) = (here, ((2 * d - 1) * x * here - (d - 1) * before) / d)
        }
        slope = n * (x * here - before) / (x * x - 1)
        let step = here / slope
        x -= step
        if abs(step) < 1e-16 { break }
      }
      nodes.append(x)
      weights.append(2 / ((1 - x * x) * slope * slope))
    }
    return (nodes, weights)
  }()
}
