import Foundation
import HummingbirdCore

@testable import Web

/// Requests made of the description of the API, and what must hold of the table of routes and of bodies.
enum Operation {
  private static let routes = RouteIndex(RouteTable.all)

  static func take(_ bytes: [UInt8]) {
    let request = PlannedRequest(bytes)
    guard let route = route(of: request) else { return }
    query(of: request)
    guard route.method != "GET" else { return }
    body(of: request, route)
  }

  /// The address leads to the operations described there and to no others, with the values it was filled
  /// with; nil where it leads nowhere.
  private static func route(of request: PlannedRequest) -> Route? {
    let found = routes.matches(request.path)
    let described = Description.operations(at: request.path)
    precondition(
      Set(found.map { "\($0.route.method) \($0.route.pattern)" }) == Set(described.map(\.name)),
      "other operations than those described")
    precondition(Set(found.map(\.route.pattern)).count <= 1, "two patterns of one address")
    guard let (route, values) = found.first(where: { $0.route.method == request.operation.method })
    else { return nil }
    let segments = request.path.dropFirst().split(separator: "/")
    for (part, segment) in zip(route.pattern.dropFirst().split(separator: "/"), segments)
    where part.hasPrefix("{") {
      let value = values[String(part.dropFirst().dropLast())]
      precondition(
        Description.meaning(segment) == value.map { Array($0.utf8) }, "another value of the path")
    }
    return route
  }

  /// What is asked for in an address is read as it was written.
  private static func query(of request: PlannedRequest) {
    let address = URI("\(request.path)?\(request.queryText)")
    precondition(address.path == request.path, "another path")
    for (name, value) in request.query {
      let read = address.queryParameters.first { $0.key == name }?.value
      precondition(read.map { Array($0.utf8) } == Array(value.utf8), "another value of the query")
    }
  }

  /// A body is taken if and only if it is one of those described.
  private static func body(of request: PlannedRequest, _ route: Route) {
    // An address may lead to an operation that means a word before a parameter.
    guard route.pattern == request.operation.pattern else { return }
    let fault = JSONShape.fault(in: request.body, route.body)
    precondition(fault?.hasSuffix(" Nothing was changed.") ?? true, "refused without a sentence")
    if let isAllowed = request.isAllowed {
      precondition(isAllowed == (fault == nil), "allowed and refused, or taken and not allowed")
    }
    guard fault == nil else { return }
    let isNothing = request.body.isEmpty && !request.operation.members.contains(where: \.isRequired)
    let members = isNothing ? [] : Members(request.body)?.members
    guard let members else { fatalError("taken, and no object") }
    let known = Dictionary(
      uniqueKeysWithValues: request.operation.members.map { (Array($0.name.utf8), $0) })
    for member in members {
      guard let described = known[member.name] else { fatalError("a member nobody described") }
      precondition(member.isOf(described.type), "a member of another type")
    }
    let names = Set(members.map(\.name))
    precondition(names.count == members.count, "a member twice")
    precondition(
      request.operation.members.allSatisfy {
        !$0.isRequired || names.contains(Array($0.name.utf8))
      },
      "a member is missing")
  }
}

/// Called by libFuzzer for every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  Operation.take(Array(UnsafeBufferPointer(start: start, count: count)))
  return 0
}
