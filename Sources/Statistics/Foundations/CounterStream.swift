/// Uniform numbers by address: the number at a place depends on key, stream and counter alone.
///
/// No state is carried from one number to the next, so that neither the order of rows nor the number of
/// threads changes a result. The words are those of SplitMix64 (Steele, Lea and Flood (2014), Fast
/// splittable pseudorandom number generators, OOPSLA '14, 453-472) at the state that key and stream give;
/// each stream is mixed twice so that neighbouring streams do not overlap. Not for allocating anybody.
public struct CounterStream: Sendable {
  private let origin: UInt64
  private var counter: UInt64 = 0

  /// A stream of a key.
  public init(key: UInt64, stream: UInt64) {
    origin = Self.mixed(key &+ Self.mixed(stream &* 0xD134_2543_DE82_EF95 &+ 0x2545_F491_4F6C_DD1D))
  }

  /// A stream of a key named by two numbers, such as a data set and a participant.
  public init(key: UInt64, _ first: UInt64, _ second: UInt64) {
    self.init(key: Self.mixed(key &+ first &* 0x9E37_79B9_7F4A_7C15), stream: second)
  }

  /// The next word.
  @inline(__always)
  public mutating func word() -> UInt64 {
    counter &+= 1
    return Self.mixed(origin &+ counter &* 0x9E37_79B9_7F4A_7C15)
  }

  /// The next number, uniform in 0 < u < 1.
  @inline(__always)
  public mutating func uniform() -> Double { (Double(word() >> 12) + 0.5) * 0x1p-52 }

  /// The next standard normal number, by inversion.
  public mutating func normal() -> Double { Normal.quantile(uniform()) }

  /// The next χ² number, by inversion.
  public mutating func chiSquare(degreesOfFreedom: Double) -> Double {
    ChiSquare.quantile(uniform(), degreesOfFreedom: degreesOfFreedom)
  }

  @inline(__always)
  private static func mixed(_ word: UInt64) -> UInt64 {
    var mixed = word
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
