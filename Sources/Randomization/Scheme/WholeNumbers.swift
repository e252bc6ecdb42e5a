/// Exact arithmetic of whole numbers that the standard library leaves out.
enum WholeNumbers {
  /// The greatest common divisor of two numbers from 0.
  static func greatestDivisor(_ left: Int, _ right: Int) -> Int {
    var (left, right) = (left, right)
    while right != 0 { (left, right) = (right, left % right) }
    return left
  }

  /// The least common multiple of positive numbers.
  static func leastMultiple(_ numbers: [Int]) -> Int {
    numbers.reduce(1) { $0 / greatestDivisor($0, $1) * $1 }
  }

  /// The largest number whose square is not above `number`.
  static func squareRoot(_ number: UInt128) -> UInt128 {
    if number < 2 { return number }
    // Newton's iteration from above falls until it reaches the root.
    var root: UInt128 = 1 << ((UInt128.bitWidth - number.leadingZeroBitCount + 1) / 2)
    while true {
      let next = (root + number / root) / 2
      if next >= root { return root }
      root = next
    }
  }
}
