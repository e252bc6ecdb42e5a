/// Finds the word somebody probably meant.
public enum Spelling {
  /// A sentence such as “ Did you mean “window”?”, or nothing when no known word is near.
  public static func hint(for word: String, among known: some Sequence<String>) -> String {
    nearest(to: word, among: known).map { " Did you mean “\($0)”?" } ?? ""
  }

  /// The known word that is near enough to be meant, if any is.
  public static func nearest(to word: String, among known: some Sequence<String>) -> String? {
    let most = max(1, word.count / 3)
    return known.map { (distance(word.lowercased(), $0.lowercased()), $0) }
      .filter { $0.0 <= most }
      .min { $0.0 != $1.0 ? $0.0 < $1.0 : $0.1 < $1.1 }?.1
  }

  /// How many letters must change, come or go, or swap with their neighbour.
  static func distance(_ one: String, _ other: String) -> Int {
    let left = Array(one)
    let right = Array(other)
    var table = [[Int]](
      repeating: [Int](repeating: 0, count: right.count + 1), count: left.count + 1)
    for row in 0...left.count {
      for column in 0...right.count {
        guard row > 0, column > 0 else {
          table[row][column] = row + column
          continue
        }
        let change = left[row - 1] == right[column - 1] ? 0 : 1
        var best = min(
          table[row - 1][column] + 1, table[row][column - 1] + 1,
          table[row - 1][column - 1] + change)
        if row > 1, column > 1, left[row - 1] == right[column - 2],
          left[row - 2] == right[column - 1]
        {
          best = min(best, table[row - 2][column - 2] + 1)
        }
        table[row][column] = best
      }
    }
    return table[left.count][right.count]
  }
}
