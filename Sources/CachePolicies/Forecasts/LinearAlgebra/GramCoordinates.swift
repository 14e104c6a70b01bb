/// Coordinates of vectors in an orthonormal basis of their span, from their inner products alone.
///
/// Vectors with these coordinates have the given inner products, so that whatever only depends on
/// lengths and angles can be computed with a few numbers for each vector, instead of with millions.
/// This is the Cholesky factor of the Gram matrix, with the longest remainder next.
///
/// Products lose half of the digits: lengths below about 4e-8 of the longest vector's count as 0, and
/// a direction whose share is `s` of the longest has a relative error of about 1e-16/s². The products
/// must be sums in float64 for that.
///
/// - Parameter products: the inner products of all pairs, finite.
/// - Returns: as many coordinates for each vector as the rank of the products.
func gramCoordinates(_ products: [[Double]]) -> [[Double]] {
  var rest = products
  var coordinates = products.map { _ in [Double]() }
  let longest = products.indices.map { products[$0][$0] }.max() ?? 0
  let cutoff = Double(products.count) * Double.ulpOfOne * longest
  for _ in products {
    guard let pivot = rest.indices.max(by: { rest[$0][$0] < rest[$1][$1] }),
      rest[pivot][pivot] > cutoff
    else { break }
    let direction = rest.map { $0[pivot] / rest[pivot][pivot].squareRoot() }
    for i in rest.indices {
      coordinates[i].append(direction[i])
      for j in rest.indices { rest[i][j] -= direction[i] * direction[j] }
    }
  }
  return coordinates
}
