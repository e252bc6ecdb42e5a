/// Named values that remember the order in which a file gave them.
public struct JSONObject: Equatable, Sendable, ExpressibleByDictionaryLiteral {
  /// The names in file order.
  public private(set) var names: [String] = []
  private var values: [String: JSONValue] = [:]

  /// An object without values.
  public init() {}

  /// An object written out in code.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    for (name, value) in elements { self[name] = value }
  }

  /// The value under a name, when there is one.
  public subscript(name: String) -> JSONValue? {
    get { values[name] }
    set {
      if newValue == nil {
        names.removeAll { $0 == name }
      } else if values[name] == nil {
        names.append(name)
      }
      values[name] = newValue
    }
  }

  /// Order does not distinguish two objects.
  public static func == (one: JSONObject, two: JSONObject) -> Bool { one.values == two.values }
}
