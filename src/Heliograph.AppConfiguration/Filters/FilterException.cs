// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.AppConfiguration.Filters;

/// <summary>A parameter of a request is not what it should be. The message goes into the problem's <c>detail</c>.</summary>
/// <param name="parameter">Its name, as the contract spells it.</param>
/// <param name="detail">What is wrong, beginning with the name.</param>
internal sealed class FilterException(string parameter, string detail) : Exception(detail)
{
    /// <summary>Name of the parameter.</summary>
    public string Parameter { get; } = parameter;
}
