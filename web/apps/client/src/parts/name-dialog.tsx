/** Asks for a name, and says beside it what is wrong with it. */

import {
	Button,
	Dialog,
	DialogActions,
	DialogBody,
	DialogContent,
	DialogSurface,
	DialogTitle,
	Field,
	Input,
} from "@fluentui/react-components";
import { useText } from "@rapport/i18n/react";
import { useState } from "react";
import { reasonOf } from "../app/context";
import { useFocusBack } from "./focus";
import { directionOf, faultOf, faultWords, LONGEST_NAME } from "./written";

export interface NameDialogProps {
	readonly title: string;
	readonly label: string;
	readonly initial: string;
	/** What it is where nothing is written: it may be empty then. */
	readonly otherwise?: string;
	readonly hint?: string;
	readonly onName: (name: string) => Promise<unknown>;
	readonly onClose: () => void;
}

export function NameDialog({ title, label, initial, otherwise, hint, onName, onClose }: NameDialogProps) {
	const text = useText();
	useFocusBack();
	const [name, setName] = useState(initial);
	const [wrong, setWrong] = useState<string>();
	const [busy, setBusy] = useState(false);
	const fault = faultOf(name, LONGEST_NAME);
	// Still to be reached: a button that loses the focus takes the keys of the dialog with it.
	const isStopped = busy || fault !== undefined || (name.trim() === "" && otherwise === undefined);
	const told = faultWords(fault, text) ?? wrong;
	async function submit(): Promise<void> {
		if (isStopped) return;
		setBusy(true);
		try {
			await onName(name.trim());
			onClose();
		} catch (error) {
			setWrong(reasonOf(error, text));
			setBusy(false);
		}
	}
	return (
		<Dialog open onOpenChange={(_, data) => !data.open && onClose()}>
			<DialogSurface style={{ maxInlineSize: "420px" }}>
				<form
					onSubmit={(event) => {
						event.preventDefault();
						void submit();
					}}
				>
					<DialogBody>
						<DialogTitle>{title}</DialogTitle>
						<DialogContent>
							<Field
								label={label}
								{...(hint ? { hint } : {})}
								{...(told ? { validationMessage: told, validationState: "error" } : {})}
							>
								<Input
									autoFocus
									value={name}
									dir={directionOf(name)}
									placeholder={otherwise ?? ""}
									onChange={(_, data) => setName(data.value)}
								/>
							</Field>
						</DialogContent>
						<DialogActions>
							<Button onClick={onClose}>{text.say("cancel")}</Button>
							<Button type="submit" appearance="primary" disabledFocusable={isStopped}>
								{text.say("save")}
							</Button>
						</DialogActions>
					</DialogBody>
				</form>
			</DialogSurface>
		</Dialog>
	);
}
