/** Asks before something is done that can't be undone, and says what will happen. */

import {
	Button,
	Dialog,
	DialogActions,
	DialogBody,
	DialogContent,
	DialogSurface,
	DialogTitle,
} from "@fluentui/react-components";
import { useText } from "@rapport/i18n/react";
import { type Next, useFocusBack } from "./focus";

export interface AskFirstProps {
	readonly title: string;
	readonly words: string;
	readonly yes: string;
	readonly onYes: () => void;
	readonly onClose: () => void;
	/** Where the focus goes if what had it goes with what is done. */
	readonly next?: Next;
}

export function AskFirst({ title, words, yes, onYes, onClose, next }: AskFirstProps) {
	const text = useText();
	useFocusBack(next);
	return (
		<Dialog open onOpenChange={(_, data) => !data.open && onClose()}>
			<DialogSurface style={{ maxInlineSize: "440px" }}>
				<DialogBody>
					<DialogTitle>{title}</DialogTitle>
					<DialogContent>{words}</DialogContent>
					<DialogActions>
						<Button onClick={onClose}>{text.say("cancel")}</Button>
						<Button
							appearance="primary"
							onClick={() => {
								onClose();
								onYes();
							}}
						>
							{yes}
						</Button>
					</DialogActions>
				</DialogBody>
			</DialogSurface>
		</Dialog>
	);
}
