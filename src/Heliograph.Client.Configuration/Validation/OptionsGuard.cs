// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Options;

namespace Heliograph.Client.Configuration.Validation;

/// <summary>One kind of options that judges revisions: they are made as for the application, with everything that configures and validates them.</summary>
/// <param name="name">What they are called when they refuse.</param>
/// <param name="make">Makes them of the configuration as the calling thread sees it.</param>
internal sealed class OptionsGuard(string name, Action make)
{
    private const string BindingFault = "Failed to convert configuration value", PathFollows = " at '";

    /// <summary>What is wrong with the configuration that the calling thread sees; nothing if the options can be made of it.</summary>
    public IEnumerable<string> Faults()
    {
        try
        {
            make();
            return [];
        }
        catch (OptionsValidationException exception)
        {
            return exception.Failures.Select(failure => $"{name}: {failure}");
        }
        catch (InvalidOperationException exception) when (exception.Message.StartsWith(BindingFault, StringComparison.Ordinal))
        {
            // "Failed to convert configuration value 'x' at 'Basket:MaxItems' to type 'System.Int32'.": the value stays here, the path goes up.
            var path = exception.Message.LastIndexOf(PathFollows, StringComparison.Ordinal);
            return [$"{name}: {BindingFault}{(path < 0 ? "." : exception.Message[path..])}"];
        }
        catch (Exception exception) // whatever the application's own code throws; its message may quote a value
        {
            return [$"{name}: {exception.GetType().Name} when they are made of it."];
        }
    }

    /// <summary>Makes them once more, to fail as the application would.</summary>
    public void Make() => make();
}
