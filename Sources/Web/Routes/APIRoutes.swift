enum APIRoutes {
  static let all: [Route] = []
}
