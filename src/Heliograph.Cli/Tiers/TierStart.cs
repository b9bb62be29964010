// SPDX-License-Identifier: Apache-2.0
using System.ComponentModel.DataAnnotations;
using System.Net.Sockets;
using System.Security.Cryptography;
using Heliograph.Cli.Terminal;
using Heliograph.Core.Sequencing;
using Microsoft.Extensions.Options;

namespace Heliograph.Cli.Tiers;

/// <summary>Starts a tier, and says what is wrong with what it was told or found. A bug still ends the process with its stack.</summary>
internal static class TierStart
{
    /// <summary>Runs the start.</summary>
    /// <exception cref="CommandException">An option, a file or the host does not allow it.</exception>
    public static async Task<T> RunAsync<T>(Func<Task<T>> start)
    {
        try
        {
            return await start();
        }
        catch (Exception exception) when (exception is FormatException or ValidationException or OptionsValidationException || exception.GetType() == typeof(ArgumentException))
        {
            throw new CommandException(ExitCode.Usage, exception.Message, next: "Correct the option; nothing was started.");
        }
        catch (Exception exception) when (exception is CryptographicException or InvalidDataException)
        {
            throw new CommandException(ExitCode.Usage, exception.Message, next: "Give the file that is meant; nothing was started.");
        }
        catch (LogLostException exception)
        {
            throw new CommandException(ExitCode.Failure, exception.Message, next: "Restore the data directory from a copy. Relays and agents serve what they hold meanwhile.");
        }
        catch (SocketException exception)
        {
            throw new CommandException(ExitCode.Failure, $"An address cannot be listened at: {exception.Message}.", next: "Choose another --listen, or end what listens there.");
        }
    }
}
